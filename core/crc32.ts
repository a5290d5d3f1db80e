/** A checksum of bytes, unsigned; `before` is that of the bytes that these follow. */
type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** The checksum by a polynomial of degree 32 whose bits are reversed. */
export function crcBy(polynomial: number): Crc32 {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) {
      c = c & 1 ? polynomial ^ c >>> 1 : c >>> 1;
    }
    return c;
  });
  return (bytes, before = 0) => {
    let c = ~before;
    for (const byte of bytes) c = table[(c ^ byte) & 255]! ^ c >>> 8;
    return ~c >>> 0;
  };
}

/** @internal For tests. */
export const portableCrc32: Crc32 = crcBy(0xedb88320);

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
export const crc32: Crc32 = native ?? portableCrc32;
