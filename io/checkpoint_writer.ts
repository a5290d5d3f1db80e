import { join } from "@std/path";
import type { JsonObject } from "../core/json.ts";
import { replaceFolder, writeFileAtomic } from "./atomic.ts";
import {
  tensorBytes,
  type TensorToWrite,
  writeSafetensors,
} from "./safetensors_writer.ts";

/** What a model folder holds. */
export interface CheckpointToWrite {
  /** Becomes `config.json`. */
  readonly config: JsonObject;
  /** The weights by name. */
  readonly tensors: ReadonlyMap<string, TensorToWrite>;
  /** Free-form texts kept in every weight file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The stem of the weight file; by default that of diffusers. */
  readonly stem?: "diffusion_pytorch_model" | "model";
  /** A larger model is split into files of at most this many bytes of tensors. */
  readonly maxShardBytes?: number;
}

/** The value that diffusers uses. */
const MAX_SHARD_BYTES = 10e9;

/**
 * Writes a model folder (`config.json` and weights, with an index if there are
 * several files) atomically; an older checkpoint at `folder` is replaced.
 *
 * @throws InputError if `folder` holds files that are not a checkpoint's.
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: CheckpointToWrite,
): Promise<void> {
  await replaceFolder(folder, isCheckpointFile, async (temporary) => {
    await writeWeights(temporary, checkpoint);
    const config = JSON.stringify(checkpoint.config, null, 2) + "\n";
    await writeFileAtomic(join(temporary, "config.json"), config);
  });
}

function isCheckpointFile(name: string): boolean {
  return name === "config.json" || /\.safetensors(\.index\.json)?$/.test(name);
}

async function writeWeights(
  folder: string,
  checkpoint: CheckpointToWrite,
): Promise<void> {
  const { tensors, stem = "diffusion_pytorch_model" } = checkpoint;
  const metadata = { format: "pt", ...checkpoint.metadata };
  const shards = split(tensors, checkpoint.maxShardBytes ?? MAX_SHARD_BYTES);
  if (shards.length === 1) {
    await writeSafetensors(
      join(folder, `${stem}.safetensors`),
      tensors,
      metadata,
    );
    return;
  }
  const digits = (n: number) => String(n).padStart(5, "0");
  const weightMap: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    const file = `${stem}-${digits(i + 1)}-of-${
      digits(shards.length)
    }.safetensors`;
    await writeSafetensors(join(folder, file), shard, metadata);
    for (const name of shard.keys()) weightMap[name] = file;
  }
  const totalSize = [...tensors.values()].reduce(
    (sum, t) => sum + tensorBytes(t),
    0,
  );
  const index = { metadata: { total_size: totalSize }, weight_map: weightMap };
  const path = join(folder, `${stem}.safetensors.index.json`);
  await writeFileAtomic(path, JSON.stringify(index, null, 2) + "\n");
}

/** Fills one shard after the other, in the given order; at least one. */
function split(
  tensors: ReadonlyMap<string, TensorToWrite>,
  maxBytes: number,
): Map<string, TensorToWrite>[] {
  let shard = new Map<string, TensorToWrite>();
  const shards = [shard];
  let bytes = 0;
  for (const [name, tensor] of tensors) {
    const size = tensorBytes(tensor);
    if (shard.size > 0 && bytes + size > maxBytes) {
      shards.push(shard = new Map());
      bytes = 0;
    }
    shard.set(name, tensor);
    bytes += size;
  }
  return shards;
}
