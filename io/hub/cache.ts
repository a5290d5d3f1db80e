import { dirname, join } from "@std/path";
import { type Env, expandPath } from "./expand_path.ts";

/** A path that the environment names; undefined when unset or empty. */
export function pathFrom(env: Env, ...names: string[]): string | undefined {
  const set = names.map(env).find((value) => value);
  return set && expandPath(set, env);
}

/** `ORG/NAME` on the hub. */
const REPO = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** Whether a text can be the id of a model on the hub. */
export function isRepoId(text: string): boolean {
  return REPO.test(text) && !text.includes("..") && !text.includes("--");
}

/** Where Python's hub library keeps its token and cache; undefined without a home. */
export function hubHome(env: Env): string | undefined {
  const set = pathFrom(env, "HF_HOME");
  if (set) return set;
  const home = env("HOME") || env("USERPROFILE");
  const cache = pathFrom(env, "XDG_CACHE_HOME") ??
    (home && join(home, ".cache"));
  return cache ? join(cache, "huggingface") : undefined;
}

/** The folder of cached models, as Python's hub library finds it. */
export function hubCache(env: Env): string | undefined {
  const set = pathFrom(env, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE");
  if (set) return set;
  const home = hubHome(env);
  return home && join(home, "hub");
}

/** The folders of one model in the cache, by which it is shared with Python. */
export class CachedRepo {
  /** `models--ORG--NAME`. */
  readonly folder: string;

  constructor(cache: string, readonly repo: string) {
    this.folder = join(cache, `models--${repo.replace("/", "--")}`);
  }

  /** Where the content of that hash lies. */
  blob(hash: string): string {
    return join(this.folder, "blobs", hash);
  }

  /** The files of one commit. */
  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** The snapshot that a branch was last downloaded at; undefined if it never was. */
  async find(revision = "main"): Promise<string | undefined> {
    const ref = join(this.folder, "refs", revision);
    const commit = await Deno.readTextFile(ref).catch(() => undefined);
    if (commit === undefined || !/^[0-9a-f]{6,64}$/.test(commit.trim())) {
      return undefined;
    }
    const folder = this.snapshot(commit.trim());
    const found = await Deno.stat(folder).catch(() => undefined);
    return found?.isDirectory ? folder : undefined;
  }

  /** Makes a blob appear in a snapshot: as a relative link, or moved there where links are refused. */
  async link(commit: string, path: string, hash: string): Promise<void> {
    const target = join(this.snapshot(commit), path);
    await Deno.mkdir(dirname(target), { recursive: true });
    const up = "../".repeat(path.split("/").length + 1);
    const link = `${target}.${crypto.randomUUID()}.tmp`;
    try {
      await Deno.symlink(`${up}blobs/${hash}`, link);
    } catch {
      return await Deno.rename(this.blob(hash), target);
    }
    await Deno.rename(link, target); // which may be there: others download too
  }

  /** Whether a snapshot has a file of that size. */
  async has(commit: string, path: string, size: number): Promise<boolean> {
    const file = join(this.snapshot(commit), path);
    const found = await Deno.stat(file).catch(() => undefined);
    return found?.isFile === true && found.size === size;
  }

  /** Says that a branch is this commit: all its files are there. */
  async setRef(commit: string, revision = "main"): Promise<void> {
    const ref = join(this.folder, "refs", revision);
    await Deno.mkdir(dirname(ref), { recursive: true });
    await Deno.writeTextFile(ref, commit);
  }
}
