import { ByteCache } from "../../core/byte_cache.ts";
import { InputError } from "../../core/errors.ts";
import { fileHash } from "../../io/file_hash.ts";
import {
  type Clip,
  type ClipShape,
  planarFromClip,
} from "../../io/video/clip.ts";
import { checkLength, decodeClip } from "../../io/video/decode.ts";
import { type ClipEntry, listClips } from "./clip_list.ts";
import { ClipOrder } from "./clip_order.ts";
import type { ClipSet, ReadFrames } from "./clip_set.ts";
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
export class ClipFolder implements ClipSource, ClipSet {
  /** Every caption, once. */
  readonly captions: readonly string[];
  readonly #cache: ByteCache<Clip>;
  readonly #order: ClipOrder;

  private constructor(
    /** The clips as listed. */
    readonly entries: readonly ClipEntry[],
    /** What the user may want to know of the list. */
    readonly notes: readonly string[],
    /** What every clip is decoded to. */
    readonly shape: ClipShape,
    /** Decides the order. */
    readonly seed: number,
    cacheBytes: number,
  ) {
    this.captions = [...new Set(entries.map(({ caption }) => caption))];
    this.#cache = new ByteCache(cacheBytes);
    this.#order = new ClipOrder(entries.length, seed);
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
    const notes: string[] = [];
    const entries = await listClips(folder, (text) => notes.push(text));
    if (entries.length === 0) throw new InputError(`${folder} lists no clips`);
    await checkFiles(folder, entries, shape);
    return new ClipFolder(entries, notes, shape, seed, cacheBytes);
  }

  /** How many clips are listed. */
  get count(): number {
    return this.entries.length;
  }

  /** Clip `index` of the endless order. */
  async clip(index: number): Promise<TrainingClip> {
    const entry = this.#order.at(index);
    return { video: await this.load(entry), caption: this.captionOf(entry) };
  }

  /** The clip of an entry: f32 [3, F, H, W] in [-1, 1]. */
  async load(entry: number): Promise<Float32Array<ArrayBuffer>> {
    return planarFromClip(await this.#decode(entry));
  }

  /** What an entry shows. */
  captionOf(entry: number): string {
    return this.entries[entry]!.caption;
  }

  /** Where a caption stands. */
  placesOf(caption: string): string[] {
    return this.entries.filter((entry) => entry.caption === caption)
      .map(({ place }) => place);
  }

  /** The file's hash and what it is decoded to. */
  async identityOf(entry: number): Promise<unknown> {
    const { frames, height, width, fps } = this.shape;
    const file = await fileHash(this.entries[entry]!.path);
    return { file, frames, height, width, fps };
  }

  /** The clip of an entry, some frames at a time. */
  async open(entry: number): Promise<ReadFrames> {
    const clip = await this.#decode(entry);
    const bytes = 3 * clip.height * clip.width;
    return (start, frames) => {
      const data = clip.data.subarray(start * bytes, (start + frames) * bytes);
      return planarFromClip({ ...clip, frames, data });
    };
  }

  async #decode(entry: number): Promise<Clip> {
    const { path } = this.entries[entry]!;
    let clip = this.#cache.get(path);
    if (!clip) {
      clip = await decodeClip(path, this.shape);
      this.#cache.set(path, clip);
    }
    return clip;
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
  shape: ClipShape,
): Promise<string | undefined> {
  try {
    await checkLength(path, shape);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
