import { crcBy } from "../../core/crc32.ts";

/** CRC-32C of bytes, by the polynomial of Castagnoli. */
export const crc32c = crcBy(0x82f63b78);

/** The checksum of TFRecord: a CRC of data that may hold CRCs itself. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((crc >>> 15 | crc << 17) + 0xa282ead8) >>> 0;
}
