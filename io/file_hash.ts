import { createHash } from "node:crypto";

/** SHA-256 of a file's bytes as hex; reads it once, a piece at a time. */
export async function fileHash(path: string): Promise<string> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  const piece = new Uint8Array(2 ** 20);
  for (;;) {
    const count = await file.read(piece);
    if (count === null) return hash.digest("hex");
    hash.update(piece.subarray(0, count));
  }
}
