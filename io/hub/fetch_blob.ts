import { createHash, type Hash } from "node:crypto";
import { dirname } from "@std/path";
import { writeAll } from "../atomic.ts";
import { type Hub, type HubFile, request } from "./api.ts";
import { piecesOrStall } from "./stalled.ts";

/** How often a transfer that was cut is gone on with before it is given up. */
const CUTS = 4;

/**
 * Downloads one file to `path`, where it appears once it is complete and its
 * hash is right. What an earlier attempt left in `PATH.incomplete` is gone on
 * from; of several programs that download it at once, all but one wait. Calls
 * `advance` with bytes as they are there, resumed ones too.
 */
export async function fetchBlob(
  hub: Hub,
  url: string,
  file: HubFile,
  path: string,
  advance: (bytes: number) => void = () => {},
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const incomplete = `${path}.incomplete`;
  using part = new Part(
    await Deno.open(incomplete, { create: true, read: true, write: true }),
    file,
    advance,
  );
  await part.target.lock(true).catch(() => {}); // some network disks have none
  // Whoever had the lock before may have been the one to complete it.
  const complete = await Deno.stat(path).catch(() => undefined);
  if (complete?.size === file.size) {
    await Deno.remove(incomplete).catch(() => {});
    return advance(file.size);
  }
  await part.resume();
  let reason = "";
  for (let cut = 0; part.have < file.size; cut++) {
    if (cut > CUTS) {
      throw new Error(
        `The download of ${file.path} stopped at ${part.have} of ${file.size} bytes${reason}; the same command goes on from there`,
      );
    }
    const range = { range: `bytes=${part.have}-` };
    const response = await request(
      hub,
      url,
      file.path,
      part.have > 0 ? range : {},
    );
    if (part.have > 0 && response.status !== 206) await part.restart();
    try {
      for await (const bytes of piecesOrStall(response.body, hub.silenceMs)) {
        await part.append(bytes);
      }
    } catch (error) {
      reason = ` (${error instanceof Error ? error.message : error})`;
    }
  }
  const found = await part.finish();
  if (found === file.hash) return await Deno.rename(incomplete, path);
  await Deno.remove(incomplete);
  throw new Error(
    `What was downloaded of ${file.path} is damaged and was removed: its hash is ${found}, the hub says ${file.hash}`,
  );
}

/** A file that grows, with the hash of what is there. */
class Part implements Disposable {
  have = 0;
  #hash: Hash;

  constructor(
    readonly target: Deno.FsFile,
    readonly file: HubFile,
    readonly advance: (bytes: number) => void,
  ) {
    this.#hash = hashOf(file);
  }

  /** Reads what is there already and leaves the file's position behind it. */
  async resume(): Promise<void> {
    if ((await this.target.stat()).size > this.file.size) await this.restart();
    const buffer = new Uint8Array(1 << 20);
    for (let n; (n = await this.target.read(buffer)) !== null;) {
      this.#count(buffer.subarray(0, n));
    }
  }

  /** Throws all away: the server does not send parts. */
  async restart(): Promise<void> {
    await this.target.truncate(0);
    await this.target.seek(0, Deno.SeekMode.Start);
    this.advance(-this.have);
    this.have = 0;
    this.#hash = hashOf(this.file);
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.have + bytes.length > this.file.size) {
      throw new Error("more came than the hub says it has");
    }
    await writeAll(this.target, bytes);
    this.#count(bytes);
  }

  /** Flushes it to the disk; its hash in hex. */
  async finish(): Promise<string> {
    await this.target.sync();
    return this.#hash.digest("hex");
  }

  #count(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.have += bytes.length;
    this.advance(bytes.length);
  }

  [Symbol.dispose](): void {
    this.target.close();
  }
}

/** Large files go by the SHA-256 of their bytes, small ones by git's SHA-1. */
function hashOf({ hash, size }: HubFile): Hash {
  return hash.length === 64
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${size}\0`);
}
