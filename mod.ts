/**
 * qvgen: video diffusion transformers on any GPU, trained and run at 4 and 3
 * bits by QVGen. This entry has what most programs need; `./gpu`, `./autograd`,
 * `./models`, `./train`, `./infer` and `./io` have the rest.
 *
 * @example Record a plan, run it, read its results
 * ```ts
 * import {
 *   fromArray,
 *   gelu,
 *   gradients,
 *   linear,
 *   openGpu,
 *   record,
 * } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [2, 3], [1, 2, 3, 4, 5, 6]);
 * const W = fromArray(gpu, [1, 3], [0.5, -1, 0.25]);
 * const dy = fromArray(gpu, [2, 1], [1, 1]);
 *
 * using plan = await record(gpu, () => {
 *   const y = gelu(linear(x, W)); // [2, 1]
 *   const [dW] = gradients(y, dy, [W]);
 *   return { y: y.keep(), dW: dW!.keep() }; // kept tensors can be read
 * });
 * plan.run(); // as often as you like, with new values in x and W
 * console.log(await plan.result.y.read(gpu)); // [-0.170, -0.100]
 * console.log(await plan.result.dW.read(gpu)); // the gradient of sum(y), [3]
 * ```
 *
 * @module
 */

// Clips from prompts
export {
  loadPipeline,
  type LoadPipelineOptions,
} from "./infer/load_pipeline.ts";
export {
  type GenerateRequest,
  type VideoPipeline,
} from "./infer/video_pipeline.ts";
export type { GeneratedClip } from "./infer/generated_clip.ts";
export { EMBEDDED_MODEL } from "./infer/model_files.ts";

// The GPU, and plans of work on it
export { type Gpu, openGpu } from "./gpu/device.ts";
export type { Plan } from "./gpu/plan.ts";
export { record } from "./gpu/record.ts";

// Tensors and gradients
export { fromArray, pinned, Tensor } from "./autograd/tensor.ts";
export { gradients } from "./autograd/op.ts";

// Operators that most networks are made of
export { add, mul } from "./autograd/binary.ts";
export { attention } from "./autograd/attention.ts";
export { gelu, silu } from "./autograd/unary.ts";
export { linear } from "./autograd/linear.ts";
export { matmul } from "./autograd/matmul.ts";
export { mse } from "./autograd/losses.ts";
export { layerNorm } from "./autograd/norm.ts";
export { reshape } from "./autograd/op.ts";
export { softmax } from "./autograd/softmax.ts";
export { sum } from "./autograd/reductions.ts";
export { svd } from "./autograd/linalg/svd.ts";

// Quantised layers
export { quantizeLinear } from "./autograd/quantize_linear.ts";

// Layers, their weights and their training
export { Module, Parameter, parameters } from "./models/module.ts";
export { Linear } from "./models/linears/linear.ts";
export { initialise } from "./models/weights/initialise.ts";
export { load } from "./models/weights/load.ts";
export { ParameterArena } from "./train/optim/parameter_arena.ts";
export { AdamW } from "./train/optim/optimizer.ts";
export { Trainer } from "./train/optim/trainer.ts";

// Clips and weights in files
export { writeVideo } from "./io/video/write.ts";

// Errors
export { AdapterError, InputError } from "./core/errors.ts";
