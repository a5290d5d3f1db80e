import type { ClipShape } from "../../io/video/clip.ts";
import { ClipFolder } from "./clip_folder.ts";
import { type ClipSet, renderedSet } from "./clip_set.ts";
import { type ClipSource, proceduralSource } from "./clip_source.ts";

/** Captioned clips that are opened once their size is known. */
export interface ClipData {
  /** Clips in an endless order, each made or decoded when it is read. */
  source(size: ClipShape): ClipSource | Promise<ClipSource>;
  /** A number of them, each to be encoded once. */
  set(size: ClipShape): ClipSet | Promise<ClipSet>;
}

/** The clips that `name` says: `procedural`, rendered ones of the seed, or a folder of videos. */
export function clipData(name: string, seed: number): ClipData {
  if (name === "procedural") {
    return {
      source: (size) => proceduralSource(seed, size),
      set: (size) => renderedSet(seed, size),
    };
  }
  return {
    source: (size) => ClipFolder.open(name, size, { seed }),
    set: (size) => ClipFolder.open(name, size, { seed, cacheBytes: 0 }),
  };
}
