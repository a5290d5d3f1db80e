import * as v from "valibot";
import type { ClipSize } from "../../core/clip_size.ts";
import { principalAxes } from "../../core/principal_axes.ts";
import { InputError } from "../../core/errors.ts";
import { checked, count, few } from "../../core/schema.ts";
import type { MemoryTensor, TensorSource } from "../weights/load.ts";
import { cutPatches, joinPatches } from "./patches.ts";

const schema = v.object({
  patch_size: v.tuple([few, few, few]),
  latent_channels: count,
  frames: count,
  height: count,
  width: count,
  fps: v.pipe(v.number(), v.minValue(0.1), v.maxValue(1000)),
});

/** The keys of a PatchCodec's config.json. */
export interface PatchCodecConfig extends ClipSize {
  /** Frames, rows and columns of a patch. */
  readonly patch_size: readonly [frames: number, rows: number, columns: number];
  /** Principal axes that are kept. */
  readonly latent_channels: number;
  /** Frames a second of the clips that it was made for. */
  readonly fps: number;
}

/**
 * Exponent of the whitening: 0 leaves the channels' variances, 1 makes them
 * equal. Half way, a model that errs alike in every channel errs least in
 * pixels: sum 1 / scale^2 is least at scale^2 ~ 1 / sigma when the latents'
 * total variance, sum scale^2 sigma^2, is fixed.
 */
const WHITENING = 0.5;

/**
 * The codec of the embedded model: a clip is cut into patches of (t, h, w)
 * pixels, and each patch, a vector ordered (c, t, y, x), is projected on its
 * principal axes: z = scale * (axes (x - mean)). Linear both ways, so it is
 * exact arithmetic, a few hundred kilobytes, and learnt without a gradient.
 */
export class PatchCodec {
  /** Mean, axes and scale as fit() finds them. */
  constructor(
    readonly config: PatchCodecConfig,
    /** [P], the mean patch. */
    readonly mean: Float32Array<ArrayBuffer>,
    /** [C, P], orthonormal rows. */
    readonly axes: Float32Array<ArrayBuffer>,
    /** [C], what makes the latents' variance about 1. */
    readonly scale: Float32Array<ArrayBuffer>,
  ) {}

  /** Learns mean and axes from clips [3, F, H, W] of the config's size. */
  static fit(
    config: PatchCodecConfig,
    clips: Iterable<Float32Array>,
  ): PatchCodec {
    const n = patchLength(config);
    const sum = new Float64Array(n);
    const products = new Float64Array(n * n);
    let patches = 0;
    for (const clip of clips) {
      const rows = cutPatches(clip, config, config.patch_size);
      for (let at = 0; at < rows.length; at += n) {
        patches++;
        addProducts(products, sum, rows.subarray(at, at + n));
      }
    }
    const mean = sum.map((s) => s / patches);
    const covariance = products;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const value = products[i * n + j]! / patches - mean[i]! * mean[j]!;
        covariance[i * n + j] = covariance[j * n + i] = value;
      }
    }
    const channels = config.latent_channels;
    const { axes, variances } = principalAxes(covariance, n, channels);
    const scale = variances.map((s) => Math.max(s, 1e-12) ** (-WHITENING / 2));
    const total = scale.reduce((t, s, i) => t + s * s * variances[i]!, 0);
    const unit = Math.sqrt(channels / total);
    return new PatchCodec(
      config,
      Float32Array.from(mean),
      Float32Array.from(axes),
      Float32Array.from(scale, (s) => s * unit),
    );
  }

  /** Reads a codec's folder; InputError if its config or a tensor is wrong. */
  static async load(
    source: TensorSource & { readonly config: unknown },
  ): Promise<PatchCodec> {
    const intro = `${source.path} is no config of a PatchCodec`;
    const config = checked(schema, source.config, intro);
    const channels = config.latent_channels;
    const shapes = {
      mean: [patchLength(config)],
      axes: [channels, patchLength(config)],
      scale: [channels],
    };
    for (const [name, shape] of Object.entries(shapes)) {
      const found = source.tensors.get(name)?.shape;
      if (`${found}` !== `${shape}`) {
        throw new InputError(
          `${source.path}: tensor ${name} is ${
            found ? `[${found}]` : "missing"
          }, the config takes [${shape}]`,
        );
      }
    }
    return new PatchCodec(
      config,
      await source.readF32("mean"),
      await source.readF32("axes"),
      await source.readF32("scale"),
    );
  }

  /** The codec's tensors by name, for writing. */
  tensors(): Map<
    string,
    MemoryTensor & { readonly data: Float32Array<ArrayBuffer> }
  > {
    const { mean, axes, scale } = this;
    return new Map([
      ["mean", { shape: [mean.length], data: mean }],
      ["axes", { shape: [scale.length, mean.length], data: axes }],
      ["scale", { shape: [scale.length], data: scale }],
    ]);
  }

  /** The default size and speed of a clip. */
  get defaultSize(): ClipSize & { readonly fps: number } {
    const { frames, height, width, fps } = this.config;
    return { frames, height, width, fps };
  }

  /** [C, T, H, W] of the latents of a clip; InputError names the nearest size. */
  latentShape(size: ClipSize): [number, number, number, number] {
    const { patch_size: [pt, ph, pw], latent_channels } = this.config;
    const near = (n: number, p: number) => Math.max(1, Math.round(n / p)) * p;
    const { frames, height, width } = size;
    const [f, h, w] = [near(frames, pt), near(height, ph), near(width, pw)];
    if (f !== frames || h !== height || w !== width) {
      throw new InputError(
        `A clip of ${frames} frames of ${width}x${height} does not divide into patches of ${pt} frames of ${pw}x${ph}; the nearest is ${f} frames of ${w}x${h}`,
      );
    }
    return [latent_channels, f / pt, h / ph, w / pw];
  }

  /** A clip [3, F, H, W] to latents [C, T, H, W]. */
  encode(video: Float32Array, size: ClipSize): Float32Array<ArrayBuffer> {
    const [channels, ...grid] = this.latentShape(size);
    const tokens = grid.reduce((a, b) => a * b, 1);
    const { mean, axes, scale } = this;
    const n = mean.length;
    const rows = cutPatches(video, size, this.config.patch_size);
    const latents = new Float32Array(channels * tokens);
    for (let c = 0; c < channels; c++) {
      for (let t = 0; t < tokens; t++) {
        let sum = 0;
        for (let i = 0; i < n; i++) {
          sum += axes[c * n + i]! * (rows[t * n + i]! - mean[i]!);
        }
        latents[c * tokens + t] = scale[c]! * sum;
      }
    }
    return latents;
  }

  /** Latents [C, T, H, W] to a clip [3, F, H, W]. */
  decode(latents: Float32Array, size: ClipSize): Float32Array<ArrayBuffer> {
    const [channels, ...grid] = this.latentShape(size);
    const tokens = grid.reduce((a, b) => a * b, 1);
    const { mean, axes, scale } = this;
    const n = mean.length;
    const rows = new Float32Array(tokens * n);
    for (let t = 0; t < tokens; t++) {
      const row = rows.subarray(t * n, (t + 1) * n);
      row.set(mean);
      for (let c = 0; c < channels; c++) {
        const weight = latents[c * tokens + t]! / scale[c]!;
        for (let i = 0; i < n; i++) row[i]! += weight * axes[c * n + i]!;
      }
    }
    return joinPatches(rows, size, this.config.patch_size);
  }
}

/** Values of a patch. */
function patchLength({ patch_size: [t, h, w] }: PatchCodecConfig): number {
  return 3 * t * h * w;
}

/** products += x x^T (lower half) and sum += x. */
function addProducts(
  products: Float64Array,
  sum: Float64Array,
  x: Float32Array,
): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    const xi = x[i]!;
    sum[i]! += xi;
    const row = products.subarray(i * n, i * n + i + 1);
    for (let j = 0; j <= i; j++) row[j]! += xi * x[j]!;
  }
}
