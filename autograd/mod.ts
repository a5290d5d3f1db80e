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
export { differentiable, type Pullback, type Take } from "./op.ts";

// Tensors and gradients
export {
  type DType,
  fromArray,
  like,
  pinned,
  readAll,
  readWords,
  type Shape,
  sizeOf,
  Tensor,
  type Values,
} from "./tensor.ts";
export { checkpoint } from "./checkpoint.ts";
export { detach, gradients, gradientsOf } from "./op.ts";
export { withoutGradients } from "./tape.ts";

// Ops: one number at a time
export {
  abs,
  addScalar,
  clamp,
  exp,
  gelu,
  log,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  scale,
  sigmoid,
  silu,
  sqrt,
  square,
  tanh,
} from "./unary.ts";
export { add, div, geluGated, maximum, mul, sub, where } from "./binary.ts";
export { full } from "./full.ts";

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
export {
  expand,
  patchify,
  permute,
  repeatInterleave,
  upsampleNearest,
} from "./axes.ts";
export { reshape } from "./op.ts";

// Ops: reductions and losses
export type { ReduceOptions } from "./reduce.ts";
export { amax, amin, mean, sum, variance } from "./reductions.ts";
export { mse, weightedMse } from "./losses.ts";
export { softmax } from "./softmax.ts";

// Ops: layers
export {
  attention,
  ATTENTION_PRECISIONS,
  type AttentionOptions,
  type AttentionPrecision,
} from "./attention.ts";
export {
  channelRmsNorm,
  layerNorm,
  layerNormModulate,
  rmsNorm,
} from "./norm.ts";
export { conv2d, type Conv2dOptions } from "./conv2d.ts";
export {
  causalConv3d,
  type CausalConv3dOptions,
  conv3d,
  type Conv3dOptions,
  type Pad,
  type Past,
} from "./conv3d.ts";
export type { Three } from "./conv_passes.ts";
export { embedding } from "./embedding.ts";
export { groupNorm, type GroupNormOptions } from "./group_norm.ts";
export { linear, type LinearOptions } from "./linear.ts";
export type { Epilogue } from "./linear_epilogue.ts";
export { matmul } from "./matmul.ts";
export { gatedResidual, modulate } from "./modulate.ts";
export {
  layerNormRope,
  type LayerNormRopeOptions,
  rmsNormRope,
  type RmsNormRopeOptions,
} from "./norm_rope.ts";
export { rope } from "./rope.ts";

// Matrix decompositions
export { type BalancedFactors, balancedFactors } from "./linalg/low_rank.ts";
export { type Qr, qr } from "./linalg/qr.ts";
export { recompose, recomposeAll, type Shrinking } from "./linalg/recompose.ts";
export { type Svd, svd } from "./linalg/svd.ts";

// Quantisers, and products of packed codes
export {
  fakeQuantActivation,
  type FakeQuantActivationOptions,
  type LearntRanges,
  RANGE_RATIO,
} from "./fake_quant_activation.ts";
export {
  fakeQuantWeight,
  type FakeQuantWeightOptions,
  weightCodes,
  type WeightQuantizer,
} from "./fake_quant_weight.ts";
export {
  type CodeGrid,
  describeOutputs,
  type PackedCodes,
  packWeight,
  unpackWeight,
} from "./pack_weight.ts";
export {
  QuantizedLinear,
  quantizeLinear,
  type QuantizeLinearOptions,
} from "./quantize_linear.ts";
export type { LowRank } from "./low_rank.ts";
export {
  type PackedLayer,
  packedLayer,
  packedLinear,
  type PackedLinearOptions,
  packedLinears,
} from "./packed_linear.ts";
export { joinRanges, type TokenQuantizer } from "./quantize_tokens.ts";
export { weightRange, type WeightRangeOptions } from "./weight_range.ts";

// Random numbers that depend on a seed, a purpose and an index alone
export { drawWords, randomBits, randomNormal } from "./random_normal.ts";
export { type Counter, type Key, Stream } from "../core/random.ts";
