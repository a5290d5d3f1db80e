/**
 * Packed models out of others without training: post-training quantisation, and
 * how far its results are from their source.
 *
 * @module
 */

export {
  BUILT_IN_PROMPTS,
  type ClipComparison,
  evaluate,
  type EvaluatePhase,
  type EvaluateRequest,
  type EvaluateWatch,
  type Evaluation,
} from "./evaluate.ts";
export type { LayerError } from "./layer_errors.ts";
export { packOfficial, type PackRequest } from "./pack_official.ts";
export { quantizeRtn, type RtnRequest } from "./rtn.ts";
export {
  type RoundedWeight,
  type Rounding,
  roundToNearest,
} from "./round_to_nearest.ts";
export type { RoundingSettings } from "./rounded_view.ts";
export type { Packed, TensorProgress } from "./write_packed.ts";
