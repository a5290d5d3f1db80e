import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { isTemporary } from "../io/atomic.ts";
import { checkWritable, kindOf } from "../io/writable_folder.ts";

/** What a run leaves in its folder. */
const LEFT = [
  "checkpoints",
  "config.yaml",
  "events",
  "metrics.jsonl",
  "model",
  "report.html",
  "samples",
  "tuning.json",
];

/** Kept for ever, since removing it could take the lock from another run. */
const LOCK = ".lock";

/** Where a killed run may leave files half-written, and what their names begin with. */
const HALF_WRITTEN: readonly (readonly [folder: string, start: RegExp])[] = [
  ["", /^\.(config|report|tuning|pretrain)\./],
  ["captions", /^\.[0-9a-f]{64}/],
  ["checkpoints", /^\.step-/],
  ["latents", /^\.[0-9a-f]{64}/],
  [
    "model",
    /^\.(model_index|scheduler|text_encoder|tokenizer|transformer|vae)\./,
  ],
  ["samples", /^\.\d+-(teacher|student)\./],
];

/**
 * Makes a run's folder and keeps other runs out of it until this is disposed or
 * the process ends, however it ends; reading is free. What killed runs left
 * half-written there is removed. Throws InputError if another run is at work.
 */
export async function lockRunFolder(out: string): Promise<Disposable> {
  await checkWritable(out);
  await Deno.mkdir(out, { recursive: true });
  const lock = await tryLock(out, { create: true });
  if (!lock) {
    throw new InputError(
      `Cannot train in ${out}: another run is at work there; wait for its end or name another folder by --out`,
    );
  }
  await sweep(out);
  for await (const { name } of Deno.readDir(out)) {
    if (!/^earlier-\d+$/.test(name)) continue;
    const earlier = join(out, name);
    using free = await tryLock(earlier);
    if (free) await sweep(earlier);
  }
  return lock;
}

/**
 * Makes room for a new run. What an earlier run left in the folder is moved to
 * `earlier-N` within, whose path is returned: nothing is ever overwritten.
 */
export async function newRunFolder(out: string): Promise<string | undefined> {
  const left: string[] = [];
  for (const name of LEFT) {
    if (await kindOf(join(out, name)) !== "nothing") left.push(name);
  }
  if (left.length === 0) return undefined;
  let number = 1;
  while (await kindOf(join(out, `earlier-${number}`)) !== "nothing") number++;
  const earlier = join(out, `earlier-${number}`);
  await Deno.mkdir(earlier);
  for (const name of left) {
    await Deno.rename(join(out, name), join(earlier, name));
  }
  return earlier;
}

/** Locks a folder, or one without a lock file for nothing; undefined if somebody else has it. */
async function tryLock(
  folder: string,
  { create = false } = {},
): Promise<Disposable | undefined> {
  const path = join(folder, LOCK);
  if (!create && await kindOf(path) === "nothing") return new DisposableStack();
  const file = await Deno.open(path, { write: true, create });
  try {
    if (await file.tryLock(true)) return file;
  } catch {
    return file; // a file system without locks: nothing can be told
  }
  file.close();
  return undefined;
}

async function sweep(out: string): Promise<void> {
  for (const [folder, start] of HALF_WRITTEN) {
    const path = join(out, folder);
    if (await kindOf(path) !== "folder") continue;
    for await (const { name } of Deno.readDir(path)) {
      if (!isTemporary(name) || !start.test(name)) continue;
      await Deno.remove(join(path, name), { recursive: true });
    }
  }
}
