import type { Case, Recorded } from "./case.ts";

/** Some of the entries of a tensor along one axis, in this order. */
export function gathered(
  { shape, values }: Recorded,
  axis: number,
  indices: readonly number[],
): Recorded {
  const count = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = values.length / (count * inner);
  const out = new Float32Array(outer * indices.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const i of indices) {
      const from = (o * count + i) * inner;
      out.set(values.subarray(from, from + inner), at);
      at += inner;
    }
  }
  return { shape: shape.with(axis, indices.length), values: out };
}

/**
 * A case of several items as one case for each: `axisOf` tells the axis on which
 * a tensor has its items, undefined where all share it. Fewer entries than items
 * stand for as many each; twice as many are those of negative prompts, then of prompts.
 */
export function itemsOf(
  c: Case,
  count: number,
  axisOf: (name: string) => number | undefined,
): Case[] {
  if (count === 1) return [c];
  return Array.from({ length: count }, (_, item) => {
    const tensors = [...c.tensors].map(([name, tensor]) => {
      const axis = axisOf(name);
      if (axis === undefined) return [name, tensor] as const;
      const entries = tensor.shape[axis]!;
      const indices = entries === 2 * count
        ? [item, count + item]
        : [Math.floor(item * entries / count)];
      return [name, gathered(tensor, axis, indices)] as const;
    });
    const config = Object.entries(c.config).map(([key, value]) => {
      if (!/prompt/.test(key) || !Array.isArray(value)) return [key, value];
      return [key, value[Math.floor(item * value.length / count)]];
    });
    return c.with(new Map(tensors), Object.fromEntries(config));
  });
}

/** Runs the items of a case one after the other; results of several are numbered. */
export async function eachItem<T extends { readonly what: string }>(
  items: readonly Case[],
  run: (c: Case) => Promise<readonly T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (const [i, item] of items.entries()) {
    const results = await run(item);
    all.push(
      ...results.map((result) =>
        items.length === 1
          ? result
          : { ...result, what: `${i}: ${result.what}` }
      ),
    );
  }
  return all;
}
