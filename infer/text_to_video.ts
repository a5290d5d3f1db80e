import type { ClipSize } from "../core/clip_size.ts";
import { Stream } from "../core/random.ts";
import type { Gpu } from "../gpu/device.ts";
import { type Clip, clipFromPlanar } from "../io/video/clip.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";
import { latentShape } from "./clip_size.ts";
import type { VideoCodec } from "./codec.ts";
import { Denoiser, type Quantised } from "./denoiser.ts";
import type { GuidanceRule } from "./guidance.ts";
import type { PromptEncoder, PromptRows } from "./prompt_encoder.ts";
import { callsAStep, sample } from "./sample.ts";
import type { Scheduler, TimestepOptions } from "./schedulers/scheduler.ts";

/** The parts that make a clip from a prompt. */
export interface PipelineParts {
  /** Prompts to text rows. */
  readonly text: PromptEncoder;
  /** Predicts the velocity of noisy latents. */
  readonly transformer: VideoTransformer;
  /** What the quantised linears of the transformer share, where they have learnt clips. */
  readonly quantised?: Quantised;
  /** Latents to frames. */
  readonly codec: VideoCodec;
  /** Steps from noise to latents. */
  readonly scheduler: Scheduler;
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

/** A clip to make. */
export interface ClipRequest {
  /** What it shows. */
  readonly text: PromptRows;
  /** Decides the first latents. */
  readonly seed: number;
}

/** What a pipeline is doing; `done` of `total` denoising steps are made. */
export type ClipProgress = (
  phase: "text" | "compile" | "denoise" | "decode",
  done: number,
  total: number,
) => void;

/**
 * Makes clips from prompts with one set of parts: prompts -> tokens -> text
 * rows -> latents -> frames. Keeps the plan of the last shape, so that further
 * clips of the same size start at once.
 */
export class TextToVideo implements Disposable {
  #denoiser: Denoiser | undefined;

  /** The parts are on `gpu` and fit each other. */
  constructor(readonly gpu: Gpu, readonly parts: PipelineParts) {}

  /** One clip from a prompt, led away from `negative`; InputError for what does not fit. */
  async generate(
    { prompt, negative = "", seed }: {
      readonly prompt: string;
      readonly negative?: string;
      readonly seed: number;
    },
    settings: SamplingSettings,
    progress: ClipProgress = () => {},
  ): Promise<Clip> {
    progress("text", 0, settings.steps);
    const guided = callsAStep(settings.guidance) === 2;
    const texts = guided ? [prompt, negative] : [prompt];
    const [text, lead] = await this.encode(texts);
    const requests = [{ text: text!, seed }];
    const away = lead ?? text!;
    const [clip] = await this.denoise(requests, away, settings, progress);
    return clip!;
  }

  /** The text rows of prompts, all in one call of the encoder. */
  encode(texts: readonly string[]): Promise<PromptRows[]> {
    return this.parts.text.encode(texts);
  }

  /**
   * Clips side by side, one batch; `negative` are the rows to lead away from,
   * unused without guidance. The first latents, and the noise of stochastic
   * steps, come from the host's counter-based generator: a seed gives the same
   * on every machine.
   */
  async denoise(
    clips: readonly ClipRequest[],
    negative: PromptRows,
    settings: SamplingSettings,
    progress: ClipProgress = () => {},
  ): Promise<Clip[]> {
    const { gpu, parts: { codec, scheduler, transformer } } = this;
    const { guidance, guidanceRule = "constant", size, steps, fps } = settings;
    const latents = latentShape(codec, transformer.patch, size);
    scheduler.setTimesteps(steps, settings);
    progress("compile", 0, steps);
    const calls = callsAStep(guidance);
    const denoiser = await this.#prepared(calls * clips.length, latents);
    const text = clips.map((clip) => clip.text);
    const away = clips.map(() => negative);
    denoiser.setText(joined(calls === 2 ? [...text, ...away] : text));
    const count = latents.reduce((a, b) => a * b, 1);
    const normals = (name: string, step = 0) =>
      joined(
        clips.map(({ seed }) => new Stream(seed, name, step).normals(count)),
      );
    const x = await sample(denoiser, scheduler, {
      noise: normals("latents"),
      stepNoise: (step) => normals("step noise", step),
      guidance,
      guidanceRule,
      onStep: (done) => progress("denoise", done, steps),
    });
    progress("decode", steps, steps);
    gpu.check();
    return clips.map((_, i) => {
      const one = x.subarray(i * count, (i + 1) * count);
      return clipFromPlanar(codec.decode(one, size), { ...size, fps });
    });
  }

  async #prepared(
    batch: number,
    latents: readonly [number, number, number, number],
  ): Promise<Denoiser> {
    const shape = { batch, latents, textRows: this.parts.text.tokens };
    const known = this.#denoiser;
    if (known && JSON.stringify(known.shape) === JSON.stringify(shape)) {
      return known;
    }
    known?.[Symbol.dispose]();
    this.#denoiser = undefined;
    const { transformer, quantised } = this.parts;
    return this.#denoiser = await Denoiser.create(
      this.gpu,
      transformer,
      shape,
      quantised,
    );
  }

  /** Gives the memory of the last shape back; the weights stay with the Gpu. */
  [Symbol.dispose](): void {
    this.#denoiser?.[Symbol.dispose]();
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
