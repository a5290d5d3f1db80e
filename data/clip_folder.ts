import { InputError } from "../core/errors.ts";
import { Stream } from "../core/random.ts";
import { type ClipShape, planarFromClip } from "../io/video/clip.ts";
import { decodeClip } from "../io/video/decode.ts";
import { probeVideo } from "../io/video/probe.ts";
import { ClipCache } from "./clip_cache.ts";
import { type ClipEntry, listClips } from "./clip_list.ts";
import type { ClipSource, TrainingClip } from "./clip_source.ts";

/** What ClipFolder.open() may be told. */
export interface ClipFolderOptions {
  /** Decides the order; 0. */
  readonly seed?: number;
  /** Decoded clips are kept in memory up to so many bytes; 1 GiB. */
  readonly cacheBytes?: number;
}

/** How many programs look at files at the same time. */
const PROBES = 4;
/** How many faults one message names. */
const NAMED = 10;

/**
 * A folder of captioned real clips (see listClips() for its layouts), decoded
 * to the model's shape when they are needed. Every pass over the folder takes
 * each clip once, in an order that the seed and the number of the pass decide.
 */
export class ClipFolder implements ClipSource {
  /** Every caption, once. */
  readonly captions: readonly string[];
  readonly #cache: ClipCache;
  #pass = { number: -1, order: [] as readonly number[] };

  private constructor(
    /** The clips as listed. */
    readonly entries: readonly ClipEntry[],
    /** What every clip is decoded to. */
    readonly shape: ClipShape,
    /** Decides the order. */
    readonly seed: number,
    cacheBytes: number,
  ) {
    this.captions = [...new Set(entries.map(({ caption }) => caption))];
    this.#cache = new ClipCache(cacheBytes);
  }

  /**
   * Lists the folder's clips and looks at every file, so that a fault shows
   * before training begins: an InputError names the files that are missing, no
   * videos, or too short for `shape`.
   */
  static async open(
    folder: string,
    shape: ClipShape,
    { seed = 0, cacheBytes = 2 ** 30 }: ClipFolderOptions = {},
  ): Promise<ClipFolder> {
    const entries = await listClips(folder);
    if (entries.length === 0) throw new InputError(`${folder} lists no clips`);
    await checkFiles(folder, entries, shape);
    return new ClipFolder(entries, shape, seed, cacheBytes);
  }

  /** Clip `index` of the endless order. */
  async clip(index: number): Promise<TrainingClip> {
    const entry = this.#entryAt(index);
    const { caption } = this.entries[entry]!;
    return { video: await this.load(entry), caption };
  }

  /** The clip of an entry: f32 [3, F, H, W] in [-1, 1]. */
  async load(entry: number): Promise<Float32Array<ArrayBuffer>> {
    const { path } = this.entries[entry]!;
    let clip = this.#cache.get(path);
    if (!clip) {
      clip = await decodeClip(path, this.shape);
      this.#cache.set(path, clip);
    }
    return planarFromClip(clip);
  }

  #entryAt(index: number): number {
    const count = this.entries.length;
    const number = Math.floor(index / count);
    if (number !== this.#pass.number) {
      const stream = new Stream(this.seed, "order of clips", number);
      this.#pass = { number, order: stream.shuffled(this.entries.keys()) };
    }
    return this.#pass.order[index % count]!;
  }
}

async function checkFiles(
  folder: string,
  entries: readonly ClipEntry[],
  shape: ClipShape,
): Promise<void> {
  const paths = new Set(entries.map(({ path }) => path)).values();
  const faults: string[] = [];
  const worker = async () => {
    for (const path of paths) {
      const fault = await faultOf(path, shape);
      if (fault !== undefined) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: PROBES }, worker));
  if (faults.length === 0) return;
  const named = faults.sort().slice(0, NAMED);
  const more = faults.length - named.length;
  if (more > 0) named.push(`and ${more} more`);
  throw new InputError(
    `Cannot train on the clips of ${folder}: ${named.join("; ")}`,
  );
}

async function faultOf(
  path: string,
  { frames, fps }: ClipShape,
): Promise<string | undefined> {
  try {
    const info = await probeVideo(path);
    const count = Math.round(info.frames / info.fps * fps);
    if (count >= frames) return undefined;
    return `${path} is too short: it gives ${count} frames at ${fps} a second, ${frames} are needed`;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
