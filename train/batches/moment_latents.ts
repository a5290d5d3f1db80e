import { pinned, type Tensor } from "../../autograd/tensor.ts";
import { Stream } from "../../core/random.ts";
import { ClipOrder } from "../data/clip_order.ts";
import type { ClipSet } from "../data/clip_set.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { VideoAutoencoder } from "../../models/vae/autoencoder.ts";
import { cutClip, emptyClip, pasteClip } from "../../models/vae/clip.ts";
import { drawLatents, type DrawOrder } from "../../models/vae/draw_latents.ts";
import { AutoencoderKLWan } from "../../models/vae/wan.ts";
import type { LatentSource } from "./latent_source.ts";
import type { MomentStore } from "./moment_store.ts";

/** What latents are drawn from. */
export interface MomentLatentsParts {
  readonly clips: ClipSet;
  /** What the moments of each clip are stored by. */
  readonly made: readonly unknown[];
  readonly store: MomentStore;
  /** Its means and scales; needs no weights. */
  readonly model: Pick<VideoAutoencoder, "mean" | "scale">;
  /** [C, T, H, W] of what is trained on. */
  readonly shape: LatentSource["shape"];
  /** How many of those frames fill the first patch up. */
  readonly extra: number;
  readonly batch: number;
  readonly seed: number;
}

/**
 * Latents drawn anew, at every use of a clip, from what an autoencoder made of
 * it once. The draw follows from the seed and the clip's place in the order.
 */
export class MomentLatents implements LatentSource {
  readonly #latents: Tensor;
  readonly #order: ClipOrder;
  readonly #draw: DrawOrder;

  constructor(readonly gpu: Gpu, readonly parts: MomentLatentsParts) {
    const { clips, model, batch, seed, shape } = parts;
    this.#latents = pinned([batch, ...shape]);
    this.#order = new ClipOrder(clips.count, seed);
    this.#draw = model instanceof AutoencoderKLWan
      ? "scale then draw"
      : "draw then scale";
  }

  get shape(): LatentSource["shape"] {
    return this.parts.shape;
  }

  latents(): Tensor {
    return this.#latents;
  }

  async write(first: number): Promise<string[]> {
    const { clips, batch } = this.parts;
    const values = new Float32Array(this.#latents.size);
    const captions: string[] = [];
    for (let b = 0; b < batch; b++) {
      const clip = this.#order.at(first + b);
      values.set(
        await this.#sample(clip, first + b),
        b * values.length / batch,
      );
      captions.push(clips.captionOf(clip));
    }
    this.#latents.write(this.gpu, values);
    return captions;
  }

  /** Latents of a clip; where a patch spans frames, copies of the first precede them, as the authors train. */
  async #sample(clip: number, index: number): Promise<Float32Array> {
    const { store, made, model, seed, shape, extra } = this.parts;
    const moments = await store.read(made[clip]);
    const stream = new Stream(seed, "latents of a clip", index);
    const noise = stream.normals(moments.data.length / 2);
    const drawn = drawLatents(model, moments, noise, this.#draw);
    if (extra === 0) return drawn.data;
    const all = emptyClip(shape);
    const first = cutClip(drawn, [0, 1]);
    for (let t = 0; t < extra; t++) pasteClip(first, all, [t, 0, 0]);
    pasteClip(drawn, all, [extra, 0, 0]);
    return all.data;
  }

  [Symbol.dispose](): void {
    this.#latents.dispose();
  }
}
