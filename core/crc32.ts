const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ c >>> 1 : c >>> 1;
  return c;
});

function portable(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255]! ^ c >>> 8;
  return ~c >>> 0;
}

type Crc32 = (bytes: Uint8Array, before?: number) => number;

interface Runtime {
  readonly process?: { getBuiltinModule?(name: string): { crc32?: Crc32 } };
}

// zlib's is ten times faster, but a browser has none: hence no import.
const native = (globalThis as Runtime).process?.getBuiltinModule?.("node:zlib")
  .crc32;

/**
 * CRC-32 of bytes as zlib, PNG and gzip define it, unsigned. It notices every
 * single flipped bit; it is no protection against intent. `before` is the
 * checksum of the bytes that these follow.
 */
export const crc32: Crc32 = native ?? portable;

/** @internal For tests. */
export { portable as portableCrc32 };
