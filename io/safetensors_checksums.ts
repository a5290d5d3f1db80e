import { crc32 } from "../core/crc32.ts";
import { bad, type Header } from "./safetensors_header.ts";

/** The metadata that holds the checksums: 8 hex digits each, the header's first, then the tensors' in the order of the file. */
export const CHECKSUMS = "crc32";
const DIGITS = 8;
const ENTRY = `"${CHECKSUMS}":"`;

/** The metadata of a header with room for the checksums of `count` tensors. */
export function roomForChecksums(count: number): Record<string, string> {
  return { [CHECKSUMS]: "0".repeat(DIGITS * (count + 1)) };
}

/** Fills the checksums of all tensors into a header, length included, and then its own. */
export function seal(header: Uint8Array, tensors: readonly number[]): void {
  const start = placeOf(header);
  const write = (text: string, at: number) =>
    header.set(new TextEncoder().encode(text), at);
  write(tensors.map(hex).join(""), start + DIGITS);
  write(hex(crc32(header)), start); // of the header with zeros in this place
}

/**
 * The checksums of a file's tensors by name, once the header's own is compared;
 * undefined for a file without any.
 *
 * @throws InputError naming `path` if the header is not as it was written.
 */
export function checksumsOf(
  path: string,
  header: Uint8Array,
  { metadata, tensors }: Header,
): ReadonlyMap<string, number> | undefined {
  const form = new RegExp(`^[0-9a-f]{${DIGITS * (tensors.size + 1)}}$`);
  const digits = metadata.get(CHECKSUMS);
  if (digits === undefined) {
    // The key itself may be what is damaged.
    if (metadata.values().some((text) => form.test(text))) throw damaged(path);
    return undefined;
  }
  const unsealed = header.slice();
  const start = placeOf(unsealed);
  unsealed.fill("0".charCodeAt(0), start, start + DIGITS);
  if (!form.test(digits) || hex(crc32(unsealed)) !== digits.slice(0, DIGITS)) {
    throw damaged(path);
  }
  const names = [...tensors].sort(([, a], [, b]) =>
    a.begin - b.begin || a.end - b.end
  );
  return new Map(names.map(([name], i) => {
    const at = DIGITS * (i + 1);
    return [name, parseInt(digits.slice(at, at + DIGITS), 16)];
  }));
}

function damaged(path: string) {
  return bad(path, "its header is damaged: it does not have its checksum");
}

function hex(sum: number): string {
  return sum.toString(16).padStart(DIGITS, "0");
}

/** Where the first digit lies; the entry is the first of the header's. */
function placeOf(header: Uint8Array): number {
  const text = new TextDecoder("latin1").decode(header.subarray(0, 256));
  const start = text.indexOf(ENTRY);
  return start < 0 ? header.length : start + ENTRY.length;
}
