import { statfs } from "node:fs/promises";
import { InputError } from "../../core/errors.ts";
import { isModelFile } from "../model_file.ts";
import {
  type Hub,
  type HubFile,
  isInside,
  listFiles,
  resolveRevision,
} from "./api.ts";
import { CachedRepo } from "./cache.ts";
import { fetchBlob } from "./fetch_blob.ts";

/** What is downloaded, and how it is shown. */
export interface DownloadRequest {
  /** Where it is downloaded from. */
  readonly hub: Hub;
  /** `ORG/NAME`. */
  readonly repo: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** The folder of cached models. */
  readonly cache: string;
  /** Which of the files to take; by default those that this program reads. */
  readonly wanted?: (path: string) => boolean;
  /** Bytes free on the disk of a folder; by default as the system says. */
  readonly freeBytes?: (folder: string) => Promise<number>;
  /** Called before the first byte, with what is to come. */
  readonly onPlan?: (files: readonly HubFile[], bytes: number) => void;
  /** Called as bytes arrive. */
  readonly onBytes?: (file: HubFile, bytes: number) => void;
}

/** What was downloaded. */
export interface Downloaded {
  /** The model's folder. */
  readonly folder: string;
  /** Which commit it is. */
  readonly commit: string;
  /** Files that were there already. */
  readonly cached: number;
  /** Files that were fetched. */
  readonly fetched: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/**
 * Downloads a model into the cache that Python's hub library uses: blobs by
 * hash, snapshots of links. Files that are there are not fetched again, cut
 * ones are gone on with, and the branch is set when all are complete. Throws
 * InputError for a model that is not to be had or does not fit on the disk.
 */
export async function downloadModel(
  { hub, repo, revision, cache, ...options }: DownloadRequest,
): Promise<Downloaded> {
  const { wanted = isModelFile, freeBytes = statFree } = options;
  const { onPlan, onBytes } = options;
  if (!isInside(revision)) {
    throw new InputError(
      `Cannot download ${repo}: found the revision ${
        JSON.stringify(revision)
      }, accepted is a branch, a tag or a commit`,
    );
  }
  const commit = await resolveRevision(hub, repo, revision);
  const all = await listFiles(hub, repo, commit);
  const files = all.filter(({ path }) => wanted(path));
  if (files.length === 0) {
    throw new InputError(
      `Cannot download ${repo}: it has ${all.length} files, none of them of a kind that is read here`,
    );
  }
  const cached = new CachedRepo(cache, repo);
  const missing: HubFile[] = [];
  for (const file of files) {
    if (!await cached.has(commit, file.path, file.size)) missing.push(file);
  }
  const bytes = await bytesToCome(cached, missing);
  await Deno.mkdir(cached.folder, { recursive: true });
  const free = await freeBytes(cached.folder);
  if (bytes > free) {
    throw new InputError(
      `Cannot download ${repo}: ${bytes} bytes are to come, but ${cached.folder} has ${free} free; HF_HOME or HF_HUB_CACHE name another disk`,
    );
  }
  onPlan?.(missing, missing.reduce((sum, { size }) => sum + size, 0));
  for (const file of missing) {
    const blob = cached.blob(file.hash);
    const stored = await Deno.stat(blob).catch(() => undefined);
    if (stored?.size === file.size) onBytes?.(file, file.size);
    else {
      const path = file.path.split("/").map(encodeURIComponent).join("/");
      const url = `${hub.endpoint}/${repo}/resolve/${commit}/${path}`;
      await fetchBlob(hub, url, file, blob, (n) => onBytes?.(file, n));
    }
    await cached.link(commit, file.path, file.hash);
  }
  if (revision !== commit) await cached.setRef(commit, revision);
  return {
    folder: cached.snapshot(commit),
    commit,
    cached: files.length - missing.length,
    fetched: missing.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Bytes that are neither there nor in what earlier attempts left. */
async function bytesToCome(
  cached: CachedRepo,
  files: readonly HubFile[],
): Promise<number> {
  let bytes = 0;
  for (const { hash, size } of files) {
    const blob = cached.blob(hash);
    for (const path of [blob, `${blob}.incomplete`]) {
      const stored = await Deno.stat(path).catch(() => undefined);
      bytes -= Math.min(stored?.size ?? 0, size);
    }
    bytes += size;
  }
  return Math.max(bytes, 0);
}

async function statFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
