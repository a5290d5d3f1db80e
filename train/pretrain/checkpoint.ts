import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import type { Gpu } from "../../gpu/device.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { writeSafetensors } from "../../io/safetensors_writer.ts";
import { load, type TensorSource } from "../../models/weights/load.ts";
import { download } from "../../models/weights/save.ts";
import type { Shape, Tensor } from "../../autograd/tensor.ts";
import type { AdamW } from "../optim/optimizer.ts";

/**
 * Where pretraining stands: weights and their moving average in f16, and the
 * number of steps done. The optimiser's moments are left out: going on is a
 * warm restart.
 */
const FILE = "pretrain.safetensors";

export async function savePretraining(
  gpu: Gpu,
  folder: string,
  optimizer: AdamW,
  step: number,
): Promise<void> {
  const { places } = optimizer.arena.layout;
  const weights = places.map(({ name, parameter }): [string, Tensor] => [
    `weights.${name}`,
    parameter,
  ]);
  const average = averages(optimizer).map(([name, t]): [string, Tensor] => [
    `average.${name}`,
    t,
  ]);
  const tensors = download(gpu, [...weights, ...average], "F16");
  await writeSafetensors(join(folder, FILE), tensors, { step: String(step) });
}

/** Loads weights and average of a checkpoint; returns the steps done. */
export async function resumePretraining(
  gpu: Gpu,
  folder: string,
  optimizer: AdamW,
): Promise<number> {
  const path = join(folder, FILE);
  using file = await Checkpoint.open(path);
  const step = Number(file.metadata.get("step"));
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new InputError(
      `${path} is no checkpoint of pretrain: it has no step`,
    );
  }
  const { places } = optimizer.arena.layout;
  const named = (prefix: string): TensorSource => under(file, path, prefix);
  const weights = Object.fromEntries(
    places.map(({ name, parameter }) => [name, parameter]),
  );
  await load(gpu, weights, named("weights."));
  const average = named("average.");
  for (const [name, tensor] of averages(optimizer)) {
    tensor.write(gpu, await average.readF32(name));
  }
  return step;
}

/** The moving average of each parameter, by name. */
export function averages({ average, arena }: AdamW): [string, Tensor][] {
  if (!average) return [];
  return arena.layout.places.map(({ name, parameter }) => [
    name,
    average.of(parameter),
  ]);
}

/** The tensors of a file whose names begin with `prefix`, without it. */
function under(
  file: Checkpoint,
  path: string,
  prefix: string,
): TensorSource {
  const tensors = new Map<string, { shape: Shape }>();
  for (const [name, info] of file.tensors) {
    if (name.startsWith(prefix)) tensors.set(name.slice(prefix.length), info);
  }
  return {
    path,
    tensors,
    readF32: (name, range) => file.readF32(prefix + name, range),
    readF16: (name, range) => file.readF16(prefix + name, range),
    readBytes: (name, range) => file.readBytes(prefix + name, range),
  };
}
