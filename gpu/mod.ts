/**
 * The GPU without any mathematics: adapters, kernels of one's own, and work that
 * is recorded once, placed in memory, and replayed.
 *
 * @example A kernel of one's own
 * ```ts
 * import { fromArray, openGpu, record } from "@qvgen/qvgen";
 * import { like } from "@qvgen/qvgen/autograd";
 * import { emit, kernel } from "@qvgen/qvgen/gpu";
 *
 * const double = kernel(
 *   "double",
 *   `
 * @group(0) @binding(0) var<storage, read> x: array<f32>;
 * @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 * @compute @workgroup_size(64)
 * fn main(@builtin(global_invocation_id) id: vec3<u32>) {
 *   if (id.x < arrayLength(&x)) { y[id.x] = 2 * x[id.x]; }
 * }`,
 *   ["x", "y"],
 * );
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [3], [1, 2, 3]);
 * using plan = await record(gpu, () => {
 *   const y = like(x);
 *   emit(double, { x, y }, [1]);
 *   return y.keep();
 * });
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [2, 4, 6]
 * ```
 *
 * @module
 */

// The GPU, and plans of work on it
export * from "./device.ts";
export * from "./traits.ts";
export * from "./plan.ts";
export type { Pool } from "./pool.ts";
export type { KernelTime } from "./profile.ts";
export * from "./profile_report.ts";
export * from "./profiler.ts";
export { record } from "./record.ts";
export * from "./storage.ts";
export * from "./tuning.ts";
export type { Choice, TuningTable } from "./tuning_table.ts";

// Kernels and ops of one's own
export { type Kernel, kernel, type Params } from "./kernel.ts";
export type { Bound, Dispatch, EmitOptions, Race } from "./dispatch.ts";
export { emit, emitBest, type Form, spread, traits } from "./emit.ts";
export type { Constants } from "./specialize.ts";
