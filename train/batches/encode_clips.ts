import type { ClipSize } from "../../core/clip_size.ts";
import type { ClipSet } from "../data/clip_set.ts";
import type { Gpu } from "../../gpu/device.ts";
import { folderIdentity } from "../../infer/prompt_cache.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { declareVae, openVae } from "../../models/vae/open.ts";
import { vaeLatentShape } from "../../models/vae/video_vae.ts";
import type { MomentStore } from "./moment_store.ts";

/** The clips to encode, and the store of their moments. */
export interface EncodeClipsOptions {
  /** Folder of the autoencoder. */
  readonly vae: string;
  readonly clips: ClipSet;
  /** Size of every clip. */
  readonly size: ClipSize;
  readonly store: MomentStore;
  /** Called before the first of `missing` clips, and after each. */
  readonly onClip: (done: number, missing: number) => void;
}

/**
 * Encodes the clips whose moments are not stored yet, one after the other; the
 * autoencoder is on the GPU meanwhile, and not at all where none is missing.
 * Returns what the moments of each clip are stored by. `onClip` may throw to
 * stop: what was encoded stays.
 */
export async function encodeClips(
  gpu: Gpu,
  { vae: folder, clips, size, store, onClip }: EncodeClipsOptions,
): Promise<unknown[]> {
  using checkpoint = await Checkpoint.open(folder);
  const [C, T, H, W] = vaeLatentShape(declareVae(checkpoint), size);
  const vae = await folderIdentity(folder);
  const made: unknown[] = [];
  const missing: number[] = [];
  for (let clip = 0; clip < clips.count; clip++) {
    made.push({ vae, clip: await clips.identityOf(clip) });
    if (!await store.has(made[clip], [2 * C, T, H, W])) missing.push(clip);
  }
  if (missing.length === 0) return made;
  onClip(0, missing.length);
  using encoder = await openVae(gpu, checkpoint);
  for (const [i, clip] of missing.entries()) {
    const read = await clips.open(clip);
    await store.write(made[clip], await encoder.encode(read, size));
    gpu.check();
    onClip(i + 1, missing.length);
  }
  return made;
}
