import { linear } from "../../autograd/linear.ts";
import { reshape } from "../../autograd/op.ts";
import { patchify, permute } from "../../autograd/axes.ts";
import { fromArray, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { PatchCodec } from "./patch_codec.ts";

/** The encoder of a PatchCodec as recorded GPU work, for training. */
export class GpuPatchCodec implements Disposable {
  /** The clips it takes. */
  readonly size: PatchCodec["defaultSize"];
  /** [C, T, H, W] of their latents. */
  readonly latentShape: readonly [number, number, number, number];
  readonly #weight: Tensor;
  readonly #bias: Tensor;

  constructor(readonly gpu: Gpu, readonly codec: PatchCodec) {
    this.size = codec.defaultSize;
    this.latentShape = codec.latentShape(this.size);
    const { mean, axes, scale } = codec;
    const n = mean.length;
    // scale * (axes (x - mean)) as one affine map.
    const weight = axes.map((a, i) => a * scale[Math.floor(i / n)]!);
    const bias = Float32Array.from(scale, (_, c) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum -= weight[c * n + i]! * mean[i]!;
      return sum;
    });
    this.#weight = fromArray(gpu, [scale.length, n], weight);
    this.#bias = fromArray(gpu, [scale.length], bias);
  }

  /** While recording: clips [B, 3, F, H, W] to latents [B, C, T, H, W]. */
  encode(video: Tensor): Tensor {
    const [c, t, h, w] = this.latentShape;
    const patches = patchify(video, this.codec.config.patch_size);
    const z = linear(patches, this.#weight, this.#bias);
    const batch = video.dim(0);
    return permute(reshape(z, [batch, t, h, w, c]), [0, 4, 1, 2, 3]);
  }

  /** Gives its weights back. */
  [Symbol.dispose](): void {
    this.#weight.dispose();
    this.#bias.dispose();
  }
}
