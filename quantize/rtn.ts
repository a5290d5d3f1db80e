import { join } from "@std/path";
import { formatBits } from "../core/bits.ts";
import { InputError } from "../core/errors.ts";
import { openPipelineFolder } from "../infer/pipeline_folder.ts";
import { openTransformerFiles } from "../infer/transformer_files.ts";
import { Linear } from "../models/linears/linear.ts";
import { modulesOf } from "../models/module.ts";
import { isQuantised, parseQuantization } from "../models/packed/config.ts";
import { declareTransformer } from "../models/transformers.ts";
import { checkFit } from "../models/weights/load.ts";
import { RoundedAsPacked, type RoundingSettings } from "./rounded_view.ts";
import {
  openToShare,
  type Packed,
  type TensorProgress,
  writePacked,
} from "./write_packed.ts";

/** What is rounded, and to where. */
export interface RtnRequest extends RoundingSettings {
  /** The pipeline folder of the model in full precision. */
  readonly model: string;
  /** Takes the place of its transformer: a folder or a file. */
  readonly transformer?: string | undefined;
  /** The pipeline folder to write, new or empty. */
  readonly out: string;
}

/**
 * Quantises a model without training: every linear of its transformer, those
 * that QVGen trains, is rounded to nearest over all of its range, and the whole
 * is written as a packed pipeline folder. One tensor is in memory at a time; no
 * GPU is needed. Throws InputError before anything is written for a model that
 * is quantised already or does not fit its config, and for a group that is no
 * multiple of 32 or has all inputs of every linear.
 */
export async function quantizeRtn(
  { model, transformer, bits, group, out }: RtnRequest,
  progress?: TensorProgress,
): Promise<Packed> {
  await openPipelineFolder(model); // of a kind that runs
  const shared = await openToShare(model);
  const own = join(shared.folder, "transformer");
  using files = await openTransformerFiles(transformer ?? own, {
    configFolder: own,
  });
  const { config, where, path } = files;
  if (isQuantised(config)) {
    const { weight_bits: weights, activation_bits: activations } =
      parseQuantization(config, where);
    throw new InputError(
      `Cannot quantise ${path}: it is packed in ${
        formatBits({ weights, activations })
      } already, accepted is a model in full precision`,
    );
  }
  const network = declareTransformer(config, where);
  checkFit(network, files.source);
  const layers = new Map(modulesOf(Linear, network));
  checkGroup(group, [...layers.values()].map(({ inputs }) => inputs));
  const source = new RoundedAsPacked(files.source, layers, { bits, group });
  const { quantization } = source;
  const written = { ...config, quantization_config: quantization };
  return {
    layers: layers.size,
    kept: quantization.modules_to_not_convert,
    bytes: await writePacked(
      { shared, config: written, source, out },
      progress,
    ),
  };
}

function checkGroup(
  group: number | undefined,
  inputs: readonly number[],
): void {
  if (group === undefined) return;
  const widest = Math.max(...inputs);
  if (group >= 32 && group % 32 === 0 && group < widest) return;
  throw new InputError(
    `Group: found ${group}, accepted are multiples of 32 below ${widest}, the inputs of the widest linear`,
  );
}
