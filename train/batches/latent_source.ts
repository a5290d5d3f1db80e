import type { Tensor } from "../../autograd/tensor.ts";

/** Clean latents of captioned clips, batch by batch. */
export interface LatentSource extends Disposable {
  /** [C, T, H, W] of one clip's latents. */
  readonly shape: readonly [number, number, number, number];
  /** While recording: the latents [B, C, T, H, W] of a batch. */
  latents(): Tensor;
  /** Writes the clips from place `first` of the data's endless order on; returns their captions. */
  write(first: number): Promise<string[]>;
}
