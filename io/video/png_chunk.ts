/** CRC-32 as PNG and zlib define it, one entry a byte. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ c >>> 1 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 255]! ^ c >>> 8;
  return (c ^ 0xffffffff) >>> 0;
}

/** A PNG chunk: length, type, data, CRC of type and data. */
export function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(out.length - 4, crc32(out.subarray(4, -4)));
  return out;
}

/** An iTXt chunk: UTF-8 text under a keyword, not compressed, no language. */
export function internationalText(
  keyword: string,
  text: string,
): Uint8Array<ArrayBuffer> {
  // keyword, end, uncompressed, method 0, no language, no translated keyword
  return chunk(
    "iTXt",
    new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`),
  );
}
