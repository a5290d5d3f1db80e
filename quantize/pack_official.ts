import { join } from "@std/path";
import type { OfficialSettings } from "../models/official/packed_view.ts";
import { parseQuantization } from "../models/packed/config.ts";
import { declarePacked } from "../models/packed/load.ts";
import { QuantContext } from "../models/quant/context.ts";
import { declareTransformer } from "../models/transformers.ts";
import { openTransformerFiles } from "../infer/transformer_files.ts";
import {
  openToShare,
  type Packed,
  type TensorProgress,
  writePacked,
} from "./write_packed.ts";

/** What is packed, and to where. */
export interface PackRequest {
  /** The pipeline folder that all but the transformer is taken from. */
  readonly model: string;
  /** The official checkpoint: a folder or a file. */
  readonly transformer: string;
  /** How it was trained. */
  readonly settings: OfficialSettings;
  /** The pipeline folder to write, new or empty. */
  readonly out: string;
}

/**
 * Packs an official QVGen checkpoint to integers and writes it as a pipeline
 * folder of its own: the other parts are shared with `model`, by links where
 * the disk allows. One layer is in memory at a time; no GPU is needed. Throws
 * InputError before anything is written if the parts do not fit.
 */
export async function packOfficial(
  { model, transformer, settings, out }: PackRequest,
  progress?: TensorProgress,
): Promise<Packed> {
  const shared = await openToShare(model);
  using files = await openTransformerFiles(transformer, {
    official: settings,
    configFolder: join(shared.folder, "transformer"),
  });
  const { config, where, source } = files;
  const quantization = parseQuantization(config, where);
  const network = declareTransformer(config, where);
  const context = new QuantContext();
  const layers = declarePacked(network, source, { quantization, context });
  // Wan's authors sampled on the old grid of noise levels: their checkpoints keep it.
  const wan = config["_class_name"] === "WanTransformer3DModel";
  const written = {
    ...{ shared, config, source, out },
    ...(wan && { inference: { flow_grid: "old" } }),
  };
  return {
    layers: layers.size,
    kept: quantization.modules_to_not_convert,
    bytes: await writePacked(written, progress),
  };
}
