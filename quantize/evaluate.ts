import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { type AskedSettings, settingsAsked } from "../infer/asked_settings.ts";
import {
  loadPipeline,
  type LoadPipelineOptions,
} from "../infer/load_pipeline.ts";
import { modelFiles } from "../infer/model_files.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import type { PromptedClip } from "../infer/text_to_video.ts";
import { openTransformerFiles } from "../infer/transformer_files.ts";
import type { Clip } from "../io/video/clip.ts";
import { collectClip } from "../io/video/clip_stream.ts";
import { psnr, ssim } from "../io/video/quality.ts";
import { Linear } from "../models/linears/linear.ts";
import { modulesOf } from "../models/module.ts";
import { type LayerError, layerErrors } from "./layer_errors.ts";

/** Short enough for any text encoder, in the few words that the embedded one knows. */
export const BUILT_IN_PROMPTS: readonly string[] = [
  "a red circle moving right",
  "a green ring on a navy background",
  "a blue square moving up on a gray background",
  "a yellow triangle moving left",
];

/** What is compared. */
export interface EvaluateRequest {
  /** The packed pipeline folder. */
  readonly model: string;
  /** The folder in full precision that it was made of. */
  readonly source: string;
  /** A clip is made of each; by default the built-in ones. */
  readonly prompts?: readonly string[] | undefined;
  /** Seed of the first clip, the others count up; default 0. */
  readonly seed?: number | undefined;
  /** How both make their clips, where not as the packed model says. */
  readonly settings?: AskedSettings;
}

/** How a clip of the packed model differs from that of its source. */
export interface ClipComparison {
  /** What both show. */
  readonly prompt: string;
  /** The noise both start from. */
  readonly seed: number;
  /** Of all frames' 8-bit values, in dB; Infinity where they are equal. */
  readonly psnr: number;
  /** Structural similarity, 1 where they are equal. */
  readonly ssim: number;
  /** Cosine of what the transformers answer at the first step. */
  readonly firstCallCosine: number;
}

/** How far a packed model is from its source. */
export interface Evaluation {
  /** Each clip. */
  readonly clips: readonly ClipComparison[];
  /** Each packed linear's weight. */
  readonly layers: readonly LayerError[];
}

/** What an evaluation is doing: comparing weights, or making the clips of a model. */
export type EvaluatePhase = "weights" | "packed" | "source";

/** What may watch an evaluation. */
export interface EvaluateWatch {
  /** Told, before each layer or clip, how many of a phase are done. */
  readonly progress?: (
    phase: EvaluatePhase,
    done: number,
    total: number,
  ) => void;
  /** Told, in sentences, of what may surprise. */
  readonly onNote?: (sentence: string) => void;
}

/**
 * Compares a packed model with its source in full precision: the weights of
 * every linear, then, on the GPU that `openGpu` opens and this disposes, the
 * first prediction and the clips of some prompts, same seeds, one model after
 * the other. Throws InputError if `model` is not packed, `source` is, or they
 * do not belong together.
 */
export async function evaluate(
  openGpu: () => Promise<Gpu>,
  { model, source, prompts = BUILT_IN_PROMPTS, seed = 0, settings }:
    EvaluateRequest,
  { progress = () => {}, onNote = () => {} }: EvaluateWatch = {},
): Promise<Evaluation> {
  const packed = await PipelineSource.open(await modelFiles(model));
  const plain = await PipelineSource.open(await modelFiles(source), {
    precision: "f32",
  });
  const layers = await compareLayers(packed, plain, progress);
  using gpu = await openGpu();
  const { size, grid: flowGrid, ...own } = settingsAsked(
    packed.settings,
    settings ?? {},
  );
  const asked = {
    gpu,
    settings: { ...own, ...size, flowGrid },
    requests: prompts.map((prompt, i) => ({ prompt, seed: seed + i })),
  };
  const made = await makeClips(packed, { ...asked, onNote }, (done) => {
    progress("packed", done, prompts.length);
  });
  const wanted = await makeClips(
    plain,
    { ...asked, onNote: () => {} },
    (done) => {
      progress("source", done, prompts.length);
    },
  );
  const clips = asked.requests.map((request, i) => {
    const [a, b] = [made[i]!, wanted[i]!];
    return {
      ...request,
      psnr: psnr(a.clip.data, b.clip.data),
      ssim: ssim(a.clip, b.clip),
      firstCallCosine: cosine(a.predicted, b.predicted),
    };
  });
  return { clips, layers };
}

async function compareLayers(
  packed: PipelineSource,
  plain: PipelineSource,
  progress: NonNullable<EvaluateWatch["progress"]>,
): Promise<LayerError[]> {
  const { quantization, network } = packed;
  if (quantization === undefined) {
    throw new InputError(
      `Cannot evaluate ${packed.transformer}: it is not quantised, accepted is a packed model`,
    );
  }
  using a = await openTransformerFiles(packed.transformer, packed.files);
  using b = await openTransformerFiles(plain.transformer, plain.files);
  const layers = { network, quantization, packed: a.source, source: b.source };
  const total = [...modulesOf(Linear, network)].length;
  const errors: LayerError[] = [];
  progress("weights", 0, total);
  for await (const error of layerErrors(layers)) {
    errors.push(error);
    progress("weights", errors.length, total);
  }
  return errors;
}

/** A clip, and the transformer's answer at its first step. */
interface MadeClip {
  readonly clip: Clip;
  readonly predicted: Float32Array;
}

async function makeClips(
  source: PipelineSource,
  { requests, ...options }: Omit<LoadPipelineOptions, "requests"> & {
    readonly requests: readonly PromptedClip[];
  },
  progress: (done: number) => void,
): Promise<MadeClip[]> {
  progress(0);
  const made: MadeClip[] = [];
  using loaded = await loadPipeline(source.index.files, {
    ...{ ...options, requests, precision: source.precision },
  });
  for (const request of requests) {
    let predicted = new Float32Array();
    const stream = await loaded.loaded.pipeline.stream(
      request,
      loaded.settings,
      {
        onStep: (step) => {
          if (step.done === 1) predicted = step.predicted.slice();
        },
      },
    );
    made.push({ clip: await collectClip(stream), predicted });
    progress(made.length);
  }
  return made;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
