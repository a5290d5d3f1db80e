/**
 * Tensors on the GPU, operators with their gradients, matrix decompositions,
 * quantisers, and products of packed integers.
 *
 * @example The gradient of a loss
 * ```ts
 * import {
 *   fromArray,
 *   gradients,
 *   linear,
 *   mse,
 *   openGpu,
 *   record,
 * } from "@qvgen/qvgen";
 * import { full } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [2, 3], [1, 2, 3, 4, 5, 6]);
 * const W = fromArray(gpu, [1, 3], [0.5, -1, 0.25]);
 * const target = fromArray(gpu, [2, 1], [0, 1]);
 * using plan = await record(gpu, () => {
 *   const loss = mse(linear(x, W), target); // [1]
 *   const [dW] = gradients(loss, full([1], 1), [W]);
 *   return { loss: loss.keep(), dW: dW!.keep() };
 * });
 * plan.run();
 * console.log(await plan.result.dW.read(gpu)); // 3 numbers
 * ```
 *
 * @module
 */

// Kernels and ops of one's own
export { differentiable } from "./op.ts";
export type { Pullback, Take } from "./tape.ts";

// Tensors and gradients
export * from "./tensor.ts";
export * from "./checkpoint.ts";
export { detach, gradients, gradientsOf } from "./op.ts";
export { withoutGradients } from "./tape.ts";

// Ops: one number at a time
export * from "./unary.ts";
export { add, div, geluGated, maximum, mul, sub, where } from "./binary.ts";
export * from "./full.ts";

// Ops: shapes
export {
  chunk,
  concat,
  padConstant,
  type Range,
  select,
  slice,
  stack,
} from "./slices.ts";
export * from "./axes.ts";
export { reshape } from "./op.ts";

// Ops: reductions and losses
export type { ReduceOptions } from "./reduce.ts";
export * from "./reductions.ts";
export * from "./losses.ts";
export * from "./softmax.ts";

// Ops: layers
export * from "./attention.ts";
export {
  channelRmsNorm,
  layerNorm,
  layerNormModulate,
  rmsNorm,
} from "./norm.ts";
export * from "./conv2d.ts";
export {
  causalConv3d,
  type CausalConv3dOptions,
  conv3d,
  type Conv3dOptions,
  type Pad,
  type Past,
} from "./conv3d.ts";
export type { Three } from "./conv_passes.ts";
export * from "./embedding.ts";
export { groupNorm } from "./group_norm.ts";
export type { GroupNormOptions } from "./group_norm_passes.ts";
export * from "./linear.ts";
export type { Epilogue } from "./linear_epilogue.ts";
export * from "./matmul.ts";
export { gatedResidual, modulate } from "./modulate.ts";
export * from "./norm_rope.ts";
export { rope } from "./rope.ts";

// Matrix decompositions
export { type BalancedFactors, balancedFactors } from "./linalg/low_rank.ts";
export { type Qr, qr } from "./linalg/qr.ts";
export * from "./linalg/recompose.ts";
export * from "./linalg/svd.ts";

// Quantisers, and products of packed codes
export {
  fakeQuantActivation,
  type FakeQuantActivationOptions,
  type LearntRanges,
  RANGE_RATIO,
} from "./fake_quant_activation.ts";
export * from "./fake_quant_weight.ts";
export * from "./pack_weight.ts";
export * from "./quantize_linear.ts";
export type { LowRank } from "./low_rank.ts";
export * from "./packed_linear.ts";
export { joinRanges, type TokenQuantizer } from "./quantize_tokens.ts";
export * from "./weight_range.ts";

// Random numbers that depend on a seed, a purpose and an index alone
export * from "./random_normal.ts";
export { type Counter, type Key, Stream } from "../core/random.ts";
