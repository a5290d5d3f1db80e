import type { Clip } from "../io/video/clip.ts";

/** Decoded clips, 8 bits a value; the one used longest ago goes first. */
export class ClipCache {
  readonly #clips = new Map<string, Clip>();
  #bytes = 0;

  /** Keeps at most `limit` bytes of frames. */
  constructor(readonly limit: number) {}

  /** The clip kept under a path. */
  get(path: string): Clip | undefined {
    const clip = this.#clips.get(path);
    if (clip) {
      this.#clips.delete(path);
      this.#clips.set(path, clip);
    }
    return clip;
  }

  /** Keeps a clip, and lets others go where it is too much. */
  set(path: string, clip: Clip): void {
    if (clip.data.length > this.limit || this.#clips.has(path)) return;
    this.#clips.set(path, clip);
    this.#bytes += clip.data.length;
    for (const [oldest, { data }] of this.#clips) {
      if (this.#bytes <= this.limit) return;
      this.#clips.delete(oldest);
      this.#bytes -= data.length;
    }
  }
}
