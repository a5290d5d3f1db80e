import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { replaceFolder, writeFileAtomic } from "../io/atomic.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { readJsonObject } from "../io/json.ts";
import { readModelIndex } from "../io/model_index.ts";
import { tensorBytes, type TensorToWrite } from "../io/safetensors_writer.ts";
import {
  shareableParts,
  type SharedFile,
  shareFiles,
} from "../io/share_folder.ts";
import type { TensorSource } from "../models/weights/load.ts";

/** The pipeline folder that a packed transformer goes with. */
export interface PipelineToShare {
  /** Where it lies. */
  readonly folder: string;
  /** The files of all its parts but the transformer. */
  readonly others: ReadonlyMap<string, readonly SharedFile[]>;
}

/** Throws InputError for a folder that is no pipeline, or whose files cannot be shared. */
export async function openToShare(model: string): Promise<PipelineToShare> {
  const index = await readModelIndex(model);
  const others = await shareableParts(index, "transformer");
  return { folder: index.folder, others };
}

/** A packed pipeline folder to be written. */
export interface PipelineToWrite {
  /** What all but the transformer is taken from. */
  readonly shared: PipelineToShare;
  /** The transformer's config, its `quantization_config` included. */
  readonly config: JsonObject;
  /** Its tensors as a packed checkpoint names them, made when they are read. */
  readonly source: TensorSource;
  /** What the index is to say of sampling beside what it says. */
  readonly inference?: JsonObject;
  /** The folder, new or empty. */
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

/** Told, before each tensor, how many are written. */
export type TensorProgress = (done: number, total: number) => void;

/**
 * Writes a packed pipeline folder, complete or absent, one tensor in memory at a
 * time; the other parts are links to the same files where the disk allows.
 * Resolves to the bytes of the transformer's tensors. Throws InputError for a
 * folder that holds something.
 */
export async function writePacked(
  { shared, config, source, inference, out }: PipelineToWrite,
  progress: TensorProgress = () => {},
): Promise<number> {
  const tensors = tensorsOf(source, progress);
  await replaceFolder(out, () => false, async (temporary) => {
    await writeCheckpoint(join(temporary, "transformer"), { config, tensors });
    for (const [part, files] of shared.others) {
      await shareFiles(files, join(temporary, part));
    }
    await writeIndex(shared.folder, temporary, inference);
  });
  const sizes = [...tensors.values()].map(tensorBytes);
  return sizes.reduce((a, b) => a + b, 0);
}

/** Tensors that are read, and packed, when their turn to be written comes. */
function tensorsOf(
  source: TensorSource,
  progress: TensorProgress,
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

async function writeIndex(
  from: string,
  to: string,
  more: JsonObject | undefined,
): Promise<void> {
  const index = await readJsonObject(join(from, "model_index.json"));
  const inference = index["inference"];
  if (inference !== undefined && typeof inference !== "object") {
    throw new InputError(`${from}: inference in model_index.json is no object`);
  }
  const written = more
    ? { ...index, inference: { ...inference, ...more } }
    : index;
  await writeFileAtomic(
    join(to, "model_index.json"),
    JSON.stringify(written, null, 2) + "\n",
  );
}
