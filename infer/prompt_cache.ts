import { join } from "@std/path";
import { DISK } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { SafetensorsFile } from "../io/safetensors.ts";
import { writeSafetensors } from "../io/safetensors_writer.ts";

/** Bytes that a cache may grow to before its oldest rows go. */
const LIMIT = 2 ** 29;

/** Text rows of one prompt, [length, dim]; rows of zeros at the end are not stored. */
export interface CachedRows {
  /** How many there are. */
  readonly length: number;
  /** Their columns. */
  readonly dim: number;
  /** The numbers, row by row. */
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Text rows on disk, by the hash of what they were made of; prompts themselves
 * are not written. A file that cannot be used counts as none, and one that
 * cannot be written is done without: a cache must not stop what it is to speed up.
 */
export class PromptCache {
  /** `limit`: bytes before the oldest rows go. */
  constructor(readonly folder: string, readonly limit: number = LIMIT) {}

  /** The rows made of `source`, which must tell encoder, form and tokens. */
  async read(source: unknown): Promise<CachedRows | undefined> {
    try {
      using file = await SafetensorsFile.open(await this.#path(source));
      const [count = 0, dim = 0] = file.tensors.get("rows")?.shape ?? [];
      const length = Number(file.metadata.get("length"));
      if (!(Number.isInteger(length) && length >= count && dim > 0)) {
        return undefined;
      }
      const data = new Float32Array(length * dim);
      data.set(await file.readF32("rows"));
      return { length, dim, data };
    } catch {
      return undefined;
    }
  }

  /** Keeps rows made of `source`. */
  async write(
    source: unknown,
    { length, dim, data }: CachedRows,
  ): Promise<void> {
    const used = Math.ceil((data.findLastIndex((x) => x !== 0) + 1) / dim);
    const rows = data.subarray(0, used * dim);
    try {
      await Deno.mkdir(this.folder, { recursive: true });
      await writeSafetensors(
        await this.#path(source),
        new Map([["rows", { dtype: "F32", shape: [used, dim], data: rows }]]),
        { length: String(length) },
      );
      if (this.limit < Infinity) await this.#prune();
    } catch {
      return;
    }
  }

  async #path(source: unknown): Promise<string> {
    const bytes = new TextEncoder().encode(JSON.stringify(source));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const name = [...hash].map((b) => b.toString(16).padStart(2, "0")).join("");
    return join(this.folder, `${name}.safetensors`);
  }

  async #prune(): Promise<void> {
    const files: { path: string; size: number; at: number }[] = [];
    for await (const { name } of Deno.readDir(this.folder)) {
      if (!name.endsWith(".safetensors")) continue;
      const path = join(this.folder, name);
      const { size, mtime } = await Deno.stat(path);
      files.push({ path, size, at: mtime?.getTime() ?? 0 });
    }
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.at - b.at)) {
      if (total <= this.limit) return;
      await Deno.remove(path);
      total -= size;
    }
  }
}

/** What tells one encoder folder from another without reading its weights: files, sizes and times. */
export async function folderIdentity(
  folder: string,
  source: FileSource = DISK,
): Promise<unknown> {
  const files: unknown[] = [];
  for (const name of await source.list(folder)) {
    if (!/\.(safetensors|json)$/.test(name)) continue;
    const found = await source.stat(join(folder, name));
    files.push([folder, name, found?.size, found?.modified]);
  }
  return files.sort();
}
