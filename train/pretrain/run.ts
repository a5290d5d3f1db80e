import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import type { Gpu } from "../../gpu/device.ts";
import { VOCABULARY } from "../data/procedural.ts";
import type { PromptTokenizer } from "../../infer/pipeline_folder.ts";
import { load } from "../../models/weights/load.ts";
import { type Parameter, parameters } from "../../models/module.ts";
import { tokenizerFromFiles } from "../../models/text/tokenizer_files.ts";
import { Umt5EncoderModel } from "../../models/text/text_encoder.ts";
import { wordTokenizerModel } from "../../models/text/word_tokenizer.ts";
import { GpuPatchCodec } from "../../models/tiny/gpu_patch_codec.ts";
import type { PatchCodec } from "../../models/tiny/patch_codec.ts";
import { WanTransformer3DModel } from "../../models/wan/transformer.ts";
import { MetricsLog } from "../logs/metrics.ts";
import { learningRate } from "../optim/lr_schedule.ts";
import { AdamW } from "../optim/optimizer.ts";
import { ParameterArena } from "../optim/parameter_arena.ts";
import { Trainer } from "../optim/trainer.ts";
import { resumePretraining, savePretraining } from "./checkpoint.ts";
import { initialEncoder, initialTransformer } from "./initial_weights.ts";
import { PretrainObjective } from "./objective.ts";
import {
  TINY_TOKENS,
  tinyEncoder,
  type TinySize,
  tinyTransformer,
} from "./tiny_config.ts";

/** How the embedded teacher is trained. */
export interface PretrainSettings {
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
  readonly schedule: "cosine" | "constant_with_warmup";
  readonly seed: number;
  readonly dim: number;
  readonly layers: number;
  /** Share of the moving average that a step keeps. */
  readonly ema: number;
  readonly captionDropout: number;
  /** Above 1 trains more at high noise, where a clip's layout is decided. */
  readonly noiseShift: number;
  readonly checkpointEvery: number;
  /** Folder of the checkpoint and the log. */
  readonly out: string;
  /** Go on from the checkpoint in `out`. */
  readonly resume: boolean;
}

/** Told of the steps since the last report: how many, their mean loss, milliseconds each. */
export type PretrainProgress = (
  count: number,
  loss: number,
  msAStep: number,
) => void;

/** A teacher in training: its parts, and the optimiser that holds their average. */
export interface Pretraining {
  readonly transformer: WanTransformer3DModel;
  readonly encoder: Umt5EncoderModel;
  readonly tokenizerJson: ReturnType<typeof wordTokenizerModel>;
  readonly optimizer: AdamW;
  /** Steps done over all sittings. */
  readonly steps: number;
}

const LOG_EVERY = 20;
const WARM_UP = 100;

/**
 * Trains the embedded teacher and its text encoder for some more steps; each
 * sitting has its own warm-up and cosine. Checkpoints and metrics.jsonl go to
 * `out`, which should be locked. Once `stop` is aborted the step under way is
 * saved and the signal's reason thrown.
 */
export async function pretrain(
  gpu: Gpu,
  codec: PatchCodec,
  settings: PretrainSettings,
  progress: PretrainProgress = () => {},
  stop: AbortSignal = new AbortController().signal,
): Promise<Pretraining> {
  const { seed, out, dim } = settings;
  if (dim % 32 !== 0) {
    throw new InputError(`Width ${dim} is no multiple of 32, that of a head`);
  }
  const tokenizerJson = wordTokenizerModel(VOCABULARY);
  const prompts = promptsOf(tokenizerJson);
  const size: TinySize = {
    channels: codec.config.latent_channels,
    dim,
    layers: settings.layers,
    vocabulary: VOCABULARY.length + 3,
  };
  const transformer = new WanTransformer3DModel(tinyTransformer(size));
  const encoder = new Umt5EncoderModel(tinyEncoder(size));
  const optimizer = new AdamW(
    gpu,
    ParameterArena.create(gpu, named(transformer, encoder)),
    {
      betas: [0.9, 0.99],
      maxGradNorm: 1,
      ema: settings.ema,
      weightDecay: 1e-3,
    },
  );
  let first = 0;
  if (settings.resume) {
    first = await resumePretraining(gpu, out, optimizer);
  } else {
    await load(gpu, transformer, initialTransformer(transformer, seed));
    await load(gpu, encoder, initialEncoder(encoder, seed));
    optimizer.restartAverage();
  }
  const objective = new PretrainObjective(gpu, {
    transformer,
    encoder,
    codec: new GpuPatchCodec(gpu, codec),
    prompts,
    batch: settings.batch,
    seed,
    captionDropout: settings.captionDropout,
    noiseShift: settings.noiseShift,
  });
  const rate = {
    name: settings.schedule,
    baseLr: settings.lr,
    warmUp: WARM_UP,
    steps: settings.steps,
  };
  using trainer = new Trainer(gpu, objective, optimizer, {
    rateOf: (_, step) => learningRate(step - first + 1, rate),
  });
  await Deno.mkdir(out, { recursive: true });
  using log = new MetricsLog(join(out, "metrics.jsonl"), first);
  let began = performance.now();
  const last = first + settings.steps;
  for (let step = first; step < last; step++) {
    await trainer.step(step);
    const done = step + 1;
    const due = () =>
      done % settings.checkpointEvery === 0 || done === last || stop.aborted;
    if (due() || done % LOG_EVERY === 0) {
      const rows = await trainer.read();
      const ms = (performance.now() - began) / rows.length;
      for (const row of rows) {
        log.append({
          step: row.step + 1,
          loss: row.loss,
          gradNorm: row.norm,
          rank: 0,
          gamma: 0,
          lr: learningRate(row.step - first + 1, rate),
          ms,
        });
      }
      progress(rows.length, mean(rows.map(({ loss }) => loss)), ms);
      began = performance.now();
    }
    // Asked again, since reading gives `stop` time to be aborted.
    if (due()) {
      await savePretraining(gpu, out, optimizer, done);
      log.flush();
      began = performance.now();
      stop.throwIfAborted();
    }
  }
  return { transformer, encoder, tokenizerJson, optimizer, steps: last };
}

/** Parameters of both parts under the names of a pipeline folder. */
function named(
  transformer: WanTransformer3DModel,
  encoder: Umt5EncoderModel,
): [string, Parameter][] {
  const under = (prefix: string, module: object): [string, Parameter][] =>
    [...parameters(module)].map(([name, p]) => [`${prefix}.${name}`, p]);
  return [
    ...under("transformer", transformer),
    ...under("text_encoder", encoder),
  ];
}

function promptsOf(json: object): PromptTokenizer {
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const files = new Map([["tokenizer.json", bytes]]);
  const tokenizer = tokenizerFromFiles(files, "the embedded tokenizer");
  return {
    tokenizer,
    maxTokens: TINY_TOKENS,
    padding: "zero",
    clean: (text) => text,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
