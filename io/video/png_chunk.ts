import { crc32 } from "../../core/crc32.ts";

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
