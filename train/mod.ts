/**
 * Training: whole runs, optimisers and training steps of one's own, QVGen's
 * distillation and rank decay, and data.
 *
 * @example A network of one's own learns exclusive or
 * ```ts
 * import {
 *   AdamW,
 *   fromArray,
 *   gelu,
 *   initialise,
 *   Linear,
 *   Module,
 *   mse,
 *   openGpu,
 *   ParameterArena,
 *   parameters,
 *   Trainer,
 * } from "@qvgen/qvgen";
 *
 * class Network extends Module {
 *   readonly first = new Linear(2, 8);
 *   readonly last = new Linear(8, 1);
 * }
 *
 * using gpu = await openGpu();
 * const network = new Network();
 * initialise(gpu, network, { seed: 1 });
 * const x = fromArray(gpu, [4, 2], [0, 0, 0, 1, 1, 0, 1, 1]);
 * const y = fromArray(gpu, [4, 1], [0, 1, 1, 0]);
 * const objective = {
 *   planKey: () => "the only plan",
 *   loss: () => mse(network.last.forward(gelu(network.first.forward(x))), y),
 *   prepare: () => {}, // every step sees the same four rows
 * };
 * using arena = ParameterArena.create(gpu, parameters(network));
 * using optimizer = new AdamW(gpu, arena);
 * using trainer = new Trainer(gpu, objective, optimizer, { rateOf: () => 0.02 });
 * for (let step = 0; step < 300; step++) {
 *   await trainer.step(step);
 *   if (!trainer.full) continue;
 *   console.log((await trainer.read()).at(-1)!.loss); // falls
 * }
 * ```
 *
 * @module
 */

// Training: a whole run
export * from "./config/config.ts";
export type { Mapping } from "../core/mapping.ts";
export {
  type ConfigSource,
  configSource,
  readConfigFile,
} from "./config/config_source.ts";
export type { TrainMemory } from "./memory_estimate.ts";
export * from "./run.ts";
export type { RunEvents, RunInputs } from "./run_plan.ts";

// Training: steps
export * from "./optim/parameter_arena.ts";
export * from "./optim/optimizer.ts";
export * from "./optim/lr_schedule.ts";
export {
  type Objective,
  type TrainedStep,
  Trainer,
  type TrainerOptions,
} from "./optim/trainer.ts";

// Training: QVGen
export * from "./qvgen/distillation.ts";
export * from "./qvgen/export.ts";
export {
  flowLevels,
  type NoiseLevel,
  type NoiseLevels,
  noiseLevels,
  vLevels,
} from "./batches/noise.ts";
export * from "./batches/noised_batch.ts";
export * from "./qvgen/rank_decay.ts";
export * from "./qvgen/student.ts";

// Data: rendered clips with captions, and what they are judged by
export {
  type Background,
  BACKGROUNDS,
  type CaptionFactors,
  captionOf,
  type Color,
  COLORS,
  type Factors,
  type Keep,
  type Motion,
  MOTIONS,
  parseCaption,
  type Shape as ShapeName,
  SHAPES,
} from "./data/captions.ts";
export * from "./data/evaluation.ts";
export * from "./data/oracle.ts";
export {
  type CaptionedClip,
  proceduralClip,
  type Scene,
} from "./data/procedural.ts";
export { DEFAULT_SIZE, type Geometry, renderClip } from "./data/render.ts";

// Data: sources of clips for training
export * from "./data/clip_folder.ts";
export type { ClipData } from "./data/clip_data.ts";
export type { ClipEntry } from "./data/clip_list.ts";
export type { ClipSet, ReadFrames } from "./data/clip_set.ts";
export * from "./data/clip_source.ts";
