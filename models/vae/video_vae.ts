import { sizeOf } from "../../autograd/tensor.ts";
import type { ClipSize } from "../../core/clip_size.ts";
import { InputError } from "../../core/errors.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Module } from "../module.ts";
import type { Tiling, VideoAutoencoder } from "./autoencoder.ts";
import { ChunkStream } from "./chunk_stream.ts";
import {
  cutClip,
  type HostClip,
  type HostShape,
  joinFrames,
  type Span,
} from "./clip.ts";
import { finished } from "./finished.ts";
import { fittedTiles, needsTiles, tiled } from "./tiles.ts";

/** How a clip passes through. */
export interface VaeOptions {
  /**
   * Cuts large frames into overlapping tiles that are blended, so that memory no
   * longer grows with the frame, and the result differs a little from that of
   * whole frames. `true` takes the model's own tiles, `false` none; by default
   * frames stay whole unless the adapter cannot bind a tensor of that size.
   */
  readonly tiling?: boolean | Tiling;
}

/** Reads frames of a clip as f32 [3, count, H, W] in [-1, 1]; may be asked for the same ones again. */
export type FrameReader = (
  start: number,
  count: number,
) => Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;

/**
 * A video autoencoder on the GPU. Clips pass in chunks of a few frames, so its
 * memory does not depend on their length.
 */
export class VideoVae implements Disposable {
  /** An autoencoder whose weights are loaded: see `openVae`. */
  constructor(
    readonly gpu: Gpu,
    /** The network, weights loaded. */
    readonly model: Module & VideoAutoencoder,
  ) {}

  /** [C, T, H, W] of the latents of a clip; InputError names the nearest size. */
  latentShape(size: ClipSize): [number, number, number, number] {
    return vaeLatentShape(this.model, size);
  }

  /**
   * Latents [C, T, H, W], scaled as a transformer has them, to pixels in about
   * [-1, 1]. Frames leave as soon as they are there; with tiles that is once all
   * tiles are done.
   */
  async *decode(
    latents: Float32Array,
    size: ClipSize,
    options: VaeOptions = {},
  ): AsyncGenerator<HostClip> {
    const shape = this.latentShape(size);
    checkLength("latents", latents, shape);
    const z = { shape, data: this.unscaled(latents) };
    const [, T, H, W] = shape;
    const chunks = this.model.decodeChunks(T);
    const tiling = this.#tiling(options, [H, W]);
    const { clamps } = this.model;
    if (!tiling) {
      for await (const part of this.#decodeWhole(z, chunks)) {
        yield finished(part, clamps);
      }
      return;
    }
    const unit = this.model.strides.space;
    const whole = await tiled(tiling, [H, W], unit, async (rows, columns) => {
      const part = cutClip(z, [0, T], rows, columns);
      return joinFrames(await Array.fromAsync(this.#decodeWhole(part, chunks)));
    });
    yield finished(whole, clamps);
  }

  async *#decodeWhole(
    z: HostClip,
    chunks: readonly number[],
  ): AsyncGenerator<HostClip> {
    const { gpu, model } = this;
    using stream = new ChunkStream(
      gpu,
      model.before,
      (x, chunk) => model.decode(x, chunk),
    );
    for (const [start, stop] of spans(chunks)) {
      yield await stream.run(cutClip(z, [start, stop]), start === 0);
    }
  }

  /** A clip to its moments [2 C, T, H, W]: means, then log-variances, neither scaled. */
  async encode(
    read: FrameReader,
    size: ClipSize,
    options: VaeOptions = {},
  ): Promise<HostClip> {
    const [, , H, W] = this.latentShape(size);
    const tiling = this.#tiling(options, [H, W]);
    if (!tiling) return await this.#encodeWhole(read, size, [0, H], [0, W]);
    return await tiled(
      tiling,
      [H, W],
      1,
      (rows, columns) => this.#encodeWhole(read, size, rows, columns),
    );
  }

  async #encodeWhole(
    read: FrameReader,
    { frames, height, width }: ClipSize,
    rows: Span,
    columns: Span,
  ): Promise<HostClip> {
    const { gpu, model } = this;
    const { space } = model.strides;
    const pixels = ([a, b]: Span): Span => [a * space, b * space];
    using stream = new ChunkStream(
      gpu,
      model.before,
      (x, chunk) => model.encode(x, chunk),
    );
    const parts: HostClip[] = [];
    for (const [start, stop] of spans(model.encodeChunks(frames))) {
      const n = stop - start;
      const data = await read(start, n);
      const whole: HostClip = { shape: [3, n, height, width], data };
      checkLength("frames", data, whole.shape);
      const part = cutClip(whole, [0, n], pixels(rows), pixels(columns));
      parts.push(await stream.run(part, start === 0));
    }
    return joinFrames(parts);
  }

  /** Latents as the model makes them to what the transformer takes: (z - mean) scale. */
  scaled(z: Float32Array): Float32Array<ArrayBuffer> {
    const { mean, scale, latentChannels } = this.model;
    const length = z.length / latentChannels;
    return Float32Array.from(z, (v, i) => {
      const c = Math.floor(i / length);
      return (v - mean[c]!) * scale[c]!;
    });
  }

  /** The inverse of `scaled`. */
  unscaled(latents: Float32Array): Float32Array<ArrayBuffer> {
    const { mean, scale, latentChannels } = this.model;
    const length = latents.length / latentChannels;
    return Float32Array.from(latents, (v, i) => {
      const c = Math.floor(i / length);
      return v / scale[c]! + mean[c]!;
    });
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
  }

  #tiling(
    { tiling }: VaeOptions,
    size: readonly [rows: number, columns: number],
  ): Tiling | undefined {
    const { model } = this;
    const places = this.gpu.traits.maxBindingBytes / model.largestBytes;
    const fits = size[0] * size[1] <= places;
    if (tiling === false || tiling === undefined && fits) return undefined;
    const chosen = typeof tiling === "object"
      ? tiling
      : fittedTiles(model.tiling, places);
    return needsTiles(chosen, size) ? chosen : undefined;
  }
}

/**
 * [C, T, H, W] of the latents of a clip, of which `decodedFrames` may make more:
 * the first latent frame stands for one or, where the autoencoder decodes it so,
 * for as many as each other. InputError names the nearest size.
 */
export function vaeLatentShape(
  model: VideoAutoencoder,
  { frames, height, width }: ClipSize,
): [number, number, number, number] {
  const { latentChannels, strides: { time, space } } = model;
  const near = (n: number) => Math.max(1, Math.round(n / space));
  const [t, h, w] = [
    Math.max(0, Math.round((frames - 1) / time)),
    near(height),
    near(width),
  ];
  const whole = frames / time;
  const even = Number.isInteger(whole) && model.decodedFrames(whole) === frames;
  const latents = even ? whole : t + 1;
  const fits = even || t * time + 1 === frames;
  if (!fits || h * space !== height || w * space !== width) {
    throw new InputError(
      `A clip of ${frames} frames of ${width}x${height} does not divide into latents of ${time} frames after the first and ${space}x${space} pixels; the nearest is ${
        t * time + 1
      } frames of ${w * space}x${h * space}`,
    );
  }
  return [latentChannels, latents, h, w];
}

/** Reads the frames of a clip that is all there. */
export function readerOf(clip: HostClip): FrameReader {
  return (start, count) => cutClip(clip, [start, start + count]).data;
}

function checkLength(what: string, values: Float32Array, shape: HostShape) {
  if (values.length !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot take ${what}: [${shape}] has ${
        sizeOf(shape)
      } values, found ${values.length}`,
    );
  }
}

/** Lengths as spans one after the other. */
function spans(lengths: readonly number[]): Span[] {
  let at = 0;
  return lengths.map((n) => [at, at += n]);
}
