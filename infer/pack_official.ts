import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { replaceFolder, writeFileAtomic } from "../io/atomic.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { readJsonObject } from "../io/json.ts";
import { readModelIndex } from "../io/model_index.ts";
import type { TensorToWrite } from "../io/safetensors_writer.ts";
import { tensorBytes } from "../io/safetensors_writer.ts";
import { shareableParts, shareFiles } from "../io/share_folder.ts";
import type { TensorSource } from "../models/weights/load.ts";
import type { OfficialSettings } from "../models/official/packed_view.ts";
import { parseQuantization } from "../models/packed/config.ts";
import { declarePacked } from "../models/packed/load.ts";
import { QuantContext } from "../models/quant/context.ts";
import { declareTransformer } from "../models/transformers.ts";
import { openTransformerFiles } from "./transformer_files.ts";

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

/** What was packed. */
export interface Packed {
  /** Quantised linears. */
  readonly layers: number;
  /** Paths of the linears that stay as they are. */
  readonly kept: readonly string[];
  /** Bytes of the tensors of the transformer. */
  readonly bytes: number;
}

/**
 * Packs an official QVGen checkpoint to integers and writes it as a pipeline
 * folder of its own: the other parts are shared with `model`, by links where
 * the disk allows. One layer is in memory at a time; no GPU is needed. Throws
 * InputError before anything is written if the parts do not fit.
 */
export async function packOfficial(
  { model, transformer, settings, out }: PackRequest,
  progress: (done: number, total: number) => void = () => {},
): Promise<Packed> {
  const index = await readModelIndex(model);
  const { folder } = index;
  const others = await shareableParts(index, "transformer");
  using files = await openTransformerFiles(transformer, {
    official: settings,
    configFolder: join(folder, "transformer"),
  });
  const { config, where, source } = files;
  const quantization = parseQuantization(config, where);
  const network = declareTransformer(config, where);
  const context = new QuantContext();
  const layers = declarePacked(network, source, { quantization, context });
  const tensors = tensorsOf(source, progress);
  await replaceFolder(out, () => false, async (temporary) => {
    await writeCheckpoint(join(temporary, "transformer"), { config, tensors });
    for (const [part, files] of others) {
      await shareFiles(files, join(temporary, part));
    }
    await writeIndex(folder, temporary, config);
  });
  const sizes = [...tensors.values()].map(tensorBytes);
  return {
    layers: layers.size,
    kept: quantization.modules_to_not_convert,
    bytes: sizes.reduce((a, b) => a + b, 0),
  };
}

/** Tensors that are read, and packed, when their turn to be written comes. */
function tensorsOf(
  source: TensorSource,
  progress: (done: number, total: number) => void,
): Map<string, TensorToWrite> {
  let done = 0;
  return new Map(
    [...source.tensors].map(([name, { shape, dtype: stored }]) => {
      const dtype = stored === "U32" || stored === "F16" ? stored : "F32";
      const data = async () => {
        progress(done++, source.tensors.size);
        if (dtype === "U32") return await source.readBytes(name);
        return dtype === "F16"
          ? await source.readF16(name)
          : await source.readF32(name);
      };
      return [name, { dtype, shape, data }];
    }),
  );
}

/** Wan's authors sampled on the old grid of noise levels: their checkpoints keep it. */
async function writeIndex(
  from: string,
  to: string,
  config: JsonObject,
): Promise<void> {
  const index = await readJsonObject(join(from, "model_index.json"));
  const inference = index["inference"];
  if (inference !== undefined && typeof inference !== "object") {
    throw new InputError(`${from}: inference in model_index.json is no object`);
  }
  const wan = config["_class_name"] === "WanTransformer3DModel";
  const written = wan
    ? { ...index, inference: { ...inference, flow_grid: "old" } }
    : index;
  await writeFileAtomic(
    join(to, "model_index.json"),
    JSON.stringify(written, null, 2) + "\n",
  );
}
