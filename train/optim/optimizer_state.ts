import { InputError } from "../../core/errors.ts";
import { readAll } from "../../autograd/tensor.ts";
import type { MemoryTensor } from "../../models/weights/load.ts";
import type { ArenaMemory } from "./parameter_arena.ts";
import type { AdamW } from "./optimizer.ts";

/**
 * What a resumed run needs of an optimiser, by name: `m.NAME`, `v.NAME` and, if
 * there is one, `ema.NAME` for each parameter, `steps.GROUP` for each group.
 */
export async function exportState(
  optimizer: AdamW,
): Promise<Map<string, MemoryTensor>> {
  const named = views(optimizer);
  const values = await readAll(optimizer.gpu, named.map(([, view]) => view));
  const state = new Map<string, MemoryTensor>();
  named.forEach(([name, { shape }], i) => {
    state.set(name, { shape, data: values[i]! });
  });
  for (const [group, steps] of optimizer.steps) {
    const data = Float32Array.of(steps);
    state.set(`steps.${group}`, { shape: [1], data });
  }
  return state;
}

/** Puts an exported state back; InputError lists what is missing or misshapen. */
export function importState(
  optimizer: AdamW,
  state: ReadonlyMap<string, MemoryTensor>,
): void {
  const named = views(optimizer);
  const groups = [...optimizer.steps.keys()];
  const wanted = [
    ...named.map(([name, { shape }]) => [name, shape] as const),
    ...groups.map((group) => [`steps.${group}`, [1]] as const),
  ];
  const wrong = wanted.filter(([name, shape]) =>
    `${state.get(name)?.shape}` !== `${shape}`
  );
  if (wrong.length > 0) {
    const list = wrong.slice(0, 8).map(([name, shape]) => {
      const found = state.get(name);
      return found
        ? `${name} is [${found.shape}], not [${shape}]`
        : `${name} is missing`;
    });
    const rest = wrong.length > 8 ? `, and ${wrong.length - 8} more` : "";
    throw new InputError(
      `The optimiser's state does not fit the model: ${list.join(", ")}${rest}`,
    );
  }
  for (const [name, view] of named) {
    view.write(optimizer.gpu, state.get(name)!.data);
  }
  for (const group of groups) {
    optimizer.steps.set(group, state.get(`steps.${group}`)!.data[0]!);
  }
}

function views({ arena, m, v, average }: AdamW) {
  const parts = (prefix: string, memory: ArenaMemory) =>
    arena.layout.places.map(({ name, parameter }) =>
      [`${prefix}.${name}`, memory.of(parameter)] as const
    );
  return [
    ...parts("m", m),
    ...parts("v", v),
    ...average ? parts("ema", average) : [],
  ];
}
