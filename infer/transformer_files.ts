import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { DISK } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { readJsonObject } from "../io/json.ts";
import type { TensorSource } from "../models/weights/load.ts";
import { foreignWeights } from "../models/names/foreign_weights.ts";
import { RenamedSource } from "../models/names/renamed.ts";
import { fitsShapes, inferWanConfig } from "../models/names/wan_config.ts";
import { checkBits } from "../models/official/check_bits.ts";
import { isOfficial, officialLayers } from "../models/official/layers.ts";
import {
  OfficialAsPacked,
  type OfficialSettings,
} from "../models/official/packed_view.ts";

/** What a transformer's files do not record. */
export interface TransformerFilesOptions {
  /** How an official QVGen checkpoint was trained. */
  readonly official?: OfficialSettings | undefined;
  /** A transformer folder whose config a file without one may share. */
  readonly configFolder?: string | undefined;
  /** What it is read from; by default this machine's disk. */
  readonly files?: FileSource | undefined;
}

/** The weights of a transformer and their config, nothing but headers read yet. */
export interface TransformerFiles extends Disposable {
  /** The folder or file that was opened. */
  readonly path: string;
  /** Its config; that of an official checkpoint says how it is quantised. */
  readonly config: JsonObject;
  /** Names the config in messages. */
  readonly where: string;
  /** The weights under diffusers' names, official ones as packed ones. */
  readonly source: TensorSource;
  /** What was worked out and may surprise, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Opens the transformer of a folder (its own, a pipeline's) or of a single
 * .safetensors file: weights with diffusers', original Wan or SAT names, plain,
 * packed, or as QVGen's authors save them. A file without a config shares that
 * of `configFolder` if the shapes agree; else Wan's is worked out from them.
 * Throws InputError naming the file and the reason.
 */
export async function openTransformerFiles(
  path: string,
  options: TransformerFilesOptions = {},
): Promise<TransformerFiles> {
  const { files = DISK } = options;
  const where = await weightsOf(path, files);
  const checkpoint = await Checkpoint.open(where, { files });
  try {
    const source = new RenamedSource(checkpoint);
    const foreign = foreignWeights(source.tensors.keys());
    if (foreign !== undefined) {
      throw new InputError(`Cannot use ${path}: ${foreign}`);
    }
    const notes: string[] = [];
    if (source.wrapper !== "") {
      notes.push(`${path} has names with ${source.wrapper} before them`);
    }
    if (source.naming !== "diffusers") {
      notes.push(`${path} has original ${source.naming} names`);
    }
    const found = await findConfig(checkpoint, source, options);
    if (found.note !== undefined) notes.push(found.note);
    return {
      path,
      ...await quantised(source, found, options.official),
      notes,
      [Symbol.dispose]: () => checkpoint[Symbol.dispose](),
    };
  } catch (error) {
    checkpoint[Symbol.dispose]();
    throw error;
  }
}

/** The folder or file that holds the weights. */
async function weightsOf(path: string, files: FileSource): Promise<string> {
  if ((await files.stat(path))?.kind === "file") return path;
  const inside = join(path, "transformer");
  if (await files.stat(join(path, "config.json"))) return path;
  return (await files.stat(inside))?.kind === "folder" ? inside : path;
}

interface Found {
  readonly config: JsonObject;
  readonly where: string;
  readonly note?: string;
}

async function findConfig(
  { config, path, files }: Checkpoint,
  source: TensorSource,
  { configFolder }: TransformerFilesOptions,
): Promise<Found> {
  // The original code's config has other keys.
  if (config !== undefined && config["_class_name"] !== "WanModel") {
    return { config, where: join(path, "config.json") };
  }
  const inferred = inferWanConfig(source.tensors);
  if (configFolder !== undefined) {
    const where = join(configFolder, "config.json");
    const shared = await readJsonObject(where, files);
    if (inferred === undefined || fitsShapes(shared, inferred)) {
      const { quantization_config: _, ...plain } = shared;
      return {
        config: plain,
        where,
        note: `${path} is taken to be as ${where}`,
      };
    }
  }
  const heads = inferred?.["num_attention_heads"];
  if (inferred === undefined || !Number.isInteger(heads)) {
    throw new InputError(
      `Cannot build a transformer from ${path}: it has no config; accepted is a folder with config.json and weights, or a file of the shapes of a Wan model`,
    );
  }
  return {
    config: inferred,
    where: path,
    note: `${path} has no config: by its shapes it is a Wan transformer of ${
      inferred["num_layers"]
    } blocks with ${heads} heads of 128`,
  };
}

async function quantised(
  source: TensorSource,
  { config, where }: Found,
  settings: OfficialSettings | undefined,
): Promise<Pick<TransformerFiles, "config" | "where" | "source">> {
  if (!isOfficial(source)) {
    if (settings === undefined) return { config, where, source };
    throw new InputError(
      `${source.path} is no official QVGen checkpoint: bits are given for those alone`,
    );
  }
  const layers = officialLayers(source); // what is broken matters more than what is not said
  if (settings === undefined) {
    throw new InputError(
      `${source.path} is an official QVGen checkpoint, which does not record its bits: give --bits, as W4A4, in quantize with --method pack`,
    );
  }
  const packed = new OfficialAsPacked(source, settings);
  await checkBits(source, layers, settings.bits.weights);
  return {
    config: { ...config, quantization_config: packed.quantization },
    where,
    source: packed,
  };
}
