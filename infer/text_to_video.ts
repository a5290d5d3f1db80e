import type { ClipSize } from "../core/clip_size.ts";
import type { Gpu } from "../gpu/device.ts";
import { type Clip, clipFromPlanar, type ClipShape } from "../io/video/clip.ts";
import { type ClipStream, collectClip } from "../io/video/clip_stream.ts";
import { cutClip, type HostClip } from "../models/vae/clip.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";
import { latentLayout } from "./clip_size.ts";
import type { VideoCodec } from "./video_codec.ts";
import { checkActivations } from "./estimate/activations.ts";
import { Denoiser, type Quantised } from "./denoiser.ts";
import type { GuidanceRule } from "./guidance.ts";
import { type NoiseSource, seededNoise } from "./noise_source.ts";
import type { PromptEncoder, PromptRows } from "./prompt_encoder.ts";
import { callsAStep, promptTexts, sample, type SampledStep } from "./sample.ts";
import { checkRows } from "./text.ts";
import type { Scheduler, TimestepOptions } from "./schedulers/scheduler.ts";

/** The parts that make a clip from a prompt. */
export interface PipelineParts {
  /** Prompts to text rows. */
  readonly text: PromptEncoder;
  /** Predicts the velocity of noisy latents. */
  readonly transformer: VideoTransformer;
  /** What the quantised linears of the transformer share, where they have learnt ranges. */
  readonly quantised?: Quantised;
  /** Latents to frames. */
  readonly codec: VideoCodec;
  /** Steps from noise to latents. */
  readonly scheduler: Scheduler;
  /** What the parts hold of GPU and files: disposed with the pipeline. */
  readonly owned?: Disposable;
}

/** How clips are sampled. */
export interface SamplingSettings extends TimestepOptions {
  /** Frames, height and width. */
  readonly size: ClipSize;
  /** Frames shown in a second. */
  readonly fps: number;
  /** Denoising steps. */
  readonly steps: number;
  /** Strength of classifier-free guidance; 1 goes without. */
  readonly guidance: number;
  /** How it changes over the steps; default constant. */
  readonly guidanceRule?: GuidanceRule;
}

/** A clip to make from a prompt. */
export interface PromptedClip {
  /** What it shows. */
  readonly prompt: string;
  /** The negative prompt; needs guidance. */
  readonly negative?: string;
  /** Decides the noise. */
  readonly seed: number;
}

/** A clip to make from text rows. */
export interface ClipRequest {
  /** What it shows. */
  readonly text: PromptRows;
  /** Decides the noise. */
  readonly seed: number;
  /** Takes the place of the noise that the seed decides. */
  readonly noise?: NoiseSource;
}

/**
 * What a pipeline is doing; `done` of `total` denoising steps are made. "compile"
 * comes before the steps of the first clip of a size, no step before those of others.
 */
export type ClipProgress = (
  phase: "text" | "compile" | "denoise" | "decode",
  done: number,
  total: number,
) => void;

/** What may watch clips being made. */
export interface ClipWatch {
  /** Told of every phase and step. */
  readonly progress?: ClipProgress;
  /** Sees each step once it is made. */
  readonly onStep?: (step: SampledStep) => void | Promise<void>;
}

/**
 * Makes clips from prompts with one set of parts: prompts -> tokens -> text
 * rows -> latents -> frames. Keeps the plan of the last shape, so that further
 * clips of the same size start at once.
 */
export class TextToVideo implements Disposable {
  #denoiser: Denoiser | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0; // calls of latents(), the one at work among them
  readonly #compiled = new Set<string>(); // shapes

  /** The parts are on `gpu` and fit each other. */
  constructor(readonly gpu: Gpu, readonly parts: PipelineParts) {}

  /**
   * One clip from a prompt and a negative prompt, whose frames are decoded as
   * they are asked for; InputError for what does not fit.
   */
  async stream(
    { prompt, negative = "", seed }: PromptedClip,
    settings: SamplingSettings,
    watch: ClipWatch = {},
  ): Promise<ClipStream> {
    const { size, fps, steps, guidance } = settings;
    watch.progress?.("text", 0, steps);
    const [text, lead = text] = await this.encode(
      promptTexts([prompt], negative, guidance),
    );
    const requests = [{ text: text!, seed }];
    const [latents] = await this.latents(requests, lead!, settings, watch);
    return this.clip(latents!, { ...size, fps });
  }

  /** As stream(), with all frames decoded. */
  async generate(
    clip: PromptedClip,
    settings: SamplingSettings,
    progress: ClipProgress = () => {},
  ): Promise<Clip> {
    const stream = await this.stream(clip, settings, { progress });
    progress("decode", settings.steps, settings.steps);
    return await collectClip(stream);
  }

  /** The text rows of prompts; the encoder comes once for all. */
  encode(texts: readonly string[]): Promise<PromptRows[]> {
    return this.parts.text.encode(texts);
  }

  /**
   * Denoises clips as one batch; `negative` are the rows of the negative prompt,
   * unused without guidance.
   */
  async denoise(
    clips: readonly ClipRequest[],
    negative: PromptRows,
    settings: SamplingSettings,
    progress: ClipProgress = () => {},
  ): Promise<Clip[]> {
    const all = await this.latents(clips, negative, settings, { progress });
    const { size, fps, steps } = settings;
    progress("decode", steps, steps);
    const made: Clip[] = [];
    for (const latents of all) {
      made.push(await collectClip(this.clip(latents, { ...size, fps })));
    }
    return made;
  }

  /**
   * The clean latents [C, T, H, W] of clips made side by side, as `denoise` makes
   * them. Calls wait for their turn: one that `onStep` awaits never gets it.
   */
  latents(
    clips: readonly ClipRequest[],
    negative: PromptRows,
    settings: SamplingSettings,
    watch: ClipWatch = {},
  ): Promise<Float32Array<ArrayBuffer>[]> {
    this.#waiting++;
    // Scheduler, text rows and plan are those of one call at a time.
    const made = this.#last.then(() =>
      this.#latents(clips, negative, settings, watch)
    ).finally(() => this.#waiting--);
    this.#last = made.catch(() => {});
    return made;
  }

  async #latents(
    clips: readonly ClipRequest[],
    negative: PromptRows,
    settings: SamplingSettings,
    { progress = () => {}, onStep }: ClipWatch,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const { gpu, parts: { codec, scheduler, transformer } } = this;
    const { guidance, guidanceRule = "constant", size, steps } = settings;
    const { shape, extra } = latentLayout(codec, transformer.patch, size);
    scheduler.setTimesteps(steps, settings);
    const calls = callsAStep(guidance);
    const textRows = negative.length / transformer.textDim;
    const call = { batch: calls * clips.length, latents: shape, textRows };
    const isKnown = this.#compiled.has(JSON.stringify(call));
    progress(isKnown ? "denoise" : "compile", 0, steps);
    const denoiser = await this.#prepared(call);
    const text = clips.map((clip) => clip.text);
    const away = clips.map(() => negative);
    const rows = joined(calls === 2 ? [...text, ...away] : text);
    checkRows(rows, "A prompt has");
    denoiser.setText(rows);
    const count = shape.reduce((a, b) => a * b, 1);
    const sources = clips.map(({ seed, noise }) => noise ?? seededNoise(seed));
    const normals = (step?: number) =>
      joined(sources.map((noise) => noise(count, step)));
    const x = await sample(denoiser, scheduler, {
      noise: normals(),
      stepNoise: normals,
      guidance,
      guidanceRule,
      onStep: async (step) => {
        progress("denoise", step.done, steps);
        await onStep?.(step);
      },
    });
    gpu.check();
    this.#compiled.add(JSON.stringify(call));
    return clips.map((_, i) => {
      const data = x.slice(i * count, (i + 1) * count);
      if (extra === 0) return data;
      return cutClip({ shape, data }, [extra, shape[1]]).data;
    });
  }

  /**
   * Latents [C, T, H, W] to frames, f32 [3, n, H, W] in about [-1, 1], some at a
   * time. Where the codec works on the GPU, the denoiser, if it is not at work,
   * makes room for it.
   */
  frames(latents: Float32Array, size: ClipSize): AsyncIterable<HostClip> {
    const { gpu, parts: { codec } } = this;
    if (codec.onGpu && this.#waiting === 0) this.#rest();
    return codec.decode(gpu, latents, size);
  }

  /** The clip of latents in 8 bits: its frames are decoded as they are asked for. */
  clip(latents: Float32Array, shape: ClipShape): ClipStream {
    const { fps } = shape;
    const { codec, transformer } = this.parts;
    const { frames } = latentLayout(codec, transformer.patch, shape);
    const decoded = () => this.frames(latents, shape);
    return {
      ...shape,
      frames,
      async *parts() {
        for await (
          const { shape: [, frames, height, width], data } of decoded()
        ) {
          yield clipFromPlanar(data, { frames, height, width, fps });
        }
      },
    };
  }

  async #prepared(shape: Denoiser["shape"]): Promise<Denoiser> {
    const known = this.#denoiser;
    if (known && JSON.stringify(known.shape) === JSON.stringify(shape)) {
      return known;
    }
    const { transformer, quantised } = this.parts;
    checkActivations(transformer, shape, this.gpu.traits.maxBindingBytes);
    this.#rest();
    return this.#denoiser = await Denoiser.create(
      this.gpu,
      transformer,
      shape,
      quantised,
    );
  }

  /** Gives the memory of the last shape back. */
  #rest(): void {
    this.#denoiser?.[Symbol.dispose]();
    this.#denoiser = undefined;
  }

  /** Gives its memory back, that of the parts that it owns too, and closes their files. */
  [Symbol.dispose](): void {
    this.#rest();
    this.parts.owned?.[Symbol.dispose]();
  }
}

function joined(
  parts: readonly Float32Array[],
): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
