import { join } from "@std/path";
import { clipData } from "../train/data/clip_data.ts";
import type { ClipSource } from "../train/data/clip_source.ts";
import type { Gpu } from "../gpu/device.ts";
import { resolveConfig } from "../train/config/config.ts";
import { configSource } from "../train/config/config_source.ts";
import { readMetrics, type StepMetrics } from "../train/logs/metrics.ts";
import { type FinishedRun, trainRun } from "../train/run.ts";
import { writeTinyPipeline } from "./tiny_pipeline.ts";

/** What a run may be told, beside the keys of a training config. */
export interface TinyRunOptions {
  /** Goes between the rendered clips and the run. */
  readonly clips?: (source: ClipSource) => ClipSource;
  readonly stop?: AbortSignal;
  readonly onSaved?: (done: number) => void;
  readonly onPhase?: (label: string) => void;
  readonly onNote?: (text: string) => void;
}

/** Clips large enough to be rendered. */
const SIZE = { frames: 2, height: 24, width: 24 };

/** Writes the model of a tiny run to FOLDER/model. */
export async function writeTinyTeacher(folder: string): Promise<string> {
  const model = join(folder, "model");
  await writeTinyPipeline(model, SIZE);
  return model;
}

/** Trains on the model in FOLDER/model in this process; logs every step. */
export async function tinyRun(
  gpu: Gpu,
  folder: string,
  keys: Readonly<Record<string, unknown>>,
  { clips = (source) => source, stop, onSaved, onPhase, onNote }:
    TinyRunOptions = {},
): Promise<
  Omit<FinishedRun, keyof Disposable> & { readonly metrics: StepMetrics[] }
> {
  const config = resolveConfig([
    configSource(
      { batch: 2, rank: 2, out: join(folder, "run"), ...keys },
      (path) => path.join("."),
    ),
  ]);
  const data = clipData(config.data, config.seed);
  using finished = await trainRun(
    gpu,
    {
      folder: join(folder, "model"),
      config,
      data: { ...data, source: async (size) => clips(await data.source(size)) },
    },
    {
      phase: (label) => onPhase?.(label),
      memory() {},
      advance() {},
      steps() {},
      saved: (_, done) => onSaved?.(done),
      note: (text) => onNote?.(text),
    },
    stop,
  );
  const metrics = readMetrics(join(config.out, "metrics.jsonl"));
  const { model, loss, captions, size } = finished;
  return { model, loss, captions, size, metrics };
}
