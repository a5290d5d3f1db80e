import { InputError } from "../../core/errors.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { Parameter } from "../../models/module.ts";
import { loadTensors, type TensorSource } from "../../models/weights/load.ts";
import { download, type SavedTensor } from "../../models/weights/save.ts";
import type { AdamW } from "./optimizer.ts";

/**
 * What a resumed run needs of its parameters and optimiser, by name: `w.NAME`,
 * `m.NAME`, `v.NAME` and, if there is one, `ema.NAME` for each parameter,
 * `steps.GROUP` for each group. Values are downloaded when they are asked for.
 */
export function exportState(optimizer: AdamW): Map<string, SavedTensor> {
  const state = download(optimizer.gpu, views(optimizer));
  for (const [group, steps] of optimizer.steps) {
    const data = () => Promise.resolve(Float32Array.of(steps));
    state.set(`steps.${group}`, { dtype: "F32", shape: [1], data });
  }
  return state;
}

/** Puts an exported state back, one tensor at a time; InputError lists what is missing, unexpected or misshapen. */
export async function importState(
  optimizer: AdamW,
  source: TensorSource,
): Promise<void> {
  const groups = [...optimizer.steps.keys()];
  for (const group of groups) {
    const name = `steps.${group}`;
    const [steps] = source.tensors.has(name) ? await source.readF32(name) : [];
    if (!Number.isInteger(steps) || steps! < 0) {
      throw new InputError(
        `The weights of ${source.path} do not fit the optimiser: ${name} is ${
          steps ?? "missing"
        }`,
      );
    }
    optimizer.steps.set(group, steps!);
  }
  const counts = new Set(groups.map((group) => `steps.${group}`));
  await loadTensors(optimizer.gpu, views(optimizer), source, {
    ignore: (name) => counts.has(name),
  });
}

function* views(
  { arena, m, v, average }: AdamW,
): Generator<[name: string, values: Tensor]> {
  const w = { of: (parameter: Parameter) => parameter };
  const kept = Object.entries({ w, m, v, ...(average && { ema: average }) });
  for (const [prefix, memory] of kept) {
    for (const { name, parameter } of arena.layout.places) {
      yield [`${prefix}.${name}`, memory.of(parameter)];
    }
  }
}
