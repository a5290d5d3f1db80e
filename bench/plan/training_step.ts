import { pinned } from "../../autograd/tensor.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { measure, record } from "../../gpu/record.ts";
import { parameters } from "../../models/module.ts";
import { RangeRule } from "../../models/quant/range_rule.ts";
import { declareTransformer } from "../../models/transformers.ts";
import type { CallShape } from "../../models/video_transformer.ts";
import { flowLevels } from "../../train/batches/noise.ts";
import { AdamW } from "../../train/optim/optimizer.ts";
import { ParameterArena } from "../../train/optim/parameter_arena.ts";
import { Trainer } from "../../train/optim/trainer.ts";
import {
  type BatchSource,
  Distillation,
} from "../../train/qvgen/distillation.ts";
import { declareStudent } from "../../train/qvgen/student.ts";
import { RANGES } from "../../train/run_plan.ts";

/** What recording the step of a training run takes. */
export interface PlanCost {
  /** Trained tensors. */
  readonly parameters: number;
  /** Kernel runs of the plan. */
  readonly dispatches: number;
  /** Seconds to trace and prune it. */
  readonly traceSeconds: number;
  /** Seconds until it could run: traced, placed, all memory bound. */
  readonly recordSeconds: number;
  /** Bytes of the heap that the plan takes while it lives. */
  readonly hostBytes: number;
  /** Bytes that its transients would take on the GPU. */
  readonly transientBytes: number;
}

/** Batches without clips. */
function emptyBatches(shape: CallShape): BatchSource {
  const latents = pinned([shape.batch, ...shape.latents]);
  return {
    shape,
    latents: () => latents,
    write: () => Promise.resolve(Array(shape.batch).fill(500)),
    [Symbol.dispose]() {},
  };
}

/**
 * Records one step of QVGen, W4A4 with Phi of rank 32: teacher and student of a
 * config, forward and backward, gradient norm and AdamW.
 */
export async function recordTrainingStep(
  gpu: Gpu,
  config: JsonObject,
  shape: CallShape,
  checkpointing: boolean,
): Promise<PlanCost> {
  const teacher = declareTransformer(config, "config.json");
  const rank = 32;
  const bits = { weights: 4, activations: 4 };
  const student = declareStudent(teacher, { bits, rank, ranges: RANGES });
  student.transformer.checkpointing = checkpointing;
  const arena = ParameterArena.create(gpu, parameters(student.transformer));
  const optimizer = new AdamW(gpu, arena);
  const objective = new Distillation(gpu, {
    teacher,
    student,
    decay: { rank, phaseLength: 1000, warmUp: 0, strategy: "cosine" },
    levels: flowLevels(),
    rangeRule: new RangeRule("timestep", RANGES.count),
    batches: emptyBatches(shape),
  });
  const trainer = new Trainer(gpu, objective, optimizer, {
    rateOf: () => 1e-4,
  });
  await objective.prepare(0);
  const step = () => trainer.emit(0);
  const began = performance.now();
  measure(gpu.traits, step);
  const traced = performance.now();
  const heap = heapBytes();
  const start = performance.now();
  const plan = await record(gpu, step);
  const end = performance.now();
  return {
    parameters: arena.parameters.length,
    dispatches: plan.steps.length,
    traceSeconds: (traced - began) / 1000,
    recordSeconds: (end - start) / 1000,
    hostBytes: heapBytes() - heap,
    transientBytes: plan.plannedBytes,
  };
}

/** Bytes in use, after a collection where one can be asked for (`--v8-flags=--expose-gc`). */
function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}
