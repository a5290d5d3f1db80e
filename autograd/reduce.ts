import { emit, spread } from "../gpu/emit.ts";
import { columns1, columns4, REDUCE, rows4 } from "../kernels/reduce.ts";
import { lanes } from "../kernels/lib/walks.ts";
import { axisOf, requireF32 } from "./shapes.ts";
import { type Shape, sizeOf, Tensor } from "./tensor.ts";

/** Whether reduced axes stay, with length 1. */
export interface ReduceOptions {
  /** True leaves them as axes of length 1. */
  readonly keep?: boolean;
}

/** The axes `dims` names, all of them by default, in order and each once. */
export function reducedAxes(
  op: string,
  shape: Shape,
  dims: readonly number[] = shape.keys().toArray(),
): number[] {
  const axes = new Set(dims.map((axis) => axisOf(op, shape, axis)));
  return [...axes].sort((a, b) => a - b);
}

/** `shape` without the axes. */
export function without(shape: Shape, axes: readonly number[]): Shape {
  return shape.filter((_, i) => !axes.includes(i));
}

/**
 * `factor` times the sum, maximum or minimum of x over the axes, which stay
 * with length 1. One pass for each run of neighbouring axes, more where it is
 * long: the order of a sum depends on the shape alone. Carries no gradient.
 */
export function reduce(
  op: keyof typeof REDUCE,
  x: Tensor,
  axes: readonly number[],
  factor = 1,
): Tensor {
  requireF32(op, x);
  const shape = x.shape.map((n, i) => axes.includes(i) ? 1 : n);
  if (op !== "sum" && x.size === 0) {
    throw new RangeError(`Cannot apply ${op}: [${x.shape}] is empty`);
  }
  let y = x;
  for (const [outer, length, inner, last] of runs(x.shape, axes)) {
    y = along(op, y, outer, length, inner, last ? factor : 1);
  }
  return new Tensor(shape, "f32", y.storage);
}

/** Runs of reduced axes as [outer, length, inner, whether it is the last], innermost first. */
function runs(
  shape: Shape,
  axes: readonly number[],
): [number, number, number, boolean][] {
  const parts: { n: number; reduced: boolean }[] = [];
  for (const [i, n] of shape.entries()) {
    const reduced = axes.includes(i);
    const part = parts.at(-1);
    if (n === 1) continue;
    if (part?.reduced === reduced) part.n *= n;
    else parts.push({ n, reduced });
  }
  const list: [number, number, number, boolean][] = [];
  let inner = 1;
  for (const [i, { n, reduced }] of [...parts.entries()].reverse()) {
    const outer = sizeOf(parts.slice(0, i).map((p) => p.n));
    if (reduced) list.push([outer, n, inner, i < 2]);
    else inner *= n;
  }
  return list;
}

/** Reduces the middle axis of [outer, length, inner]. */
function along(
  op: keyof typeof REDUCE,
  x: Tensor,
  outer: number,
  length: number,
  inner: number,
  factor: number,
): Tensor {
  const inRows = inner === 1 && length >= 128 && length % 4 === 0;
  const [most, some] = inRows ? [8192, 4096] : [256, 64];
  const chunk = length <= most ? length : some;
  const parts = Math.max(1, Math.ceil(length / chunk));
  const y = new Tensor([outer, parts, inner]);
  const LANES = lanes();
  const wide = !inRows && inner % 4 === 0 ? 4 : 1;
  const unit = inRows ? 4 : 1;
  const outputs = y.size / wide;
  const options = {
    params: {
      outputs,
      length: length / unit,
      inner: inner / wide,
      chunk: chunk / unit,
      parts,
      factor: parts === 1 ? factor : 1,
    },
    constants: { OP: REDUCE[op], LANES },
  };
  const groups = spread(outputs, LANES);
  if (inRows) emit(rows4, { x4: x, y1: y }, spread(outputs, 1), options);
  else if (wide === 4) emit(columns4, { x4: x, y4: y }, groups, options);
  else emit(columns1, { x1: x, y1: y }, groups, options);
  return parts === 1 ? y : along(op, y, outer, parts, inner, factor);
}

/** The gradient of something that was stretched: summed back to `shape`. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.keys().toArray().filter((i) =>
    i < lead || shape[i - lead] !== dy.shape[i]
  );
  const y = axes.length === 0 ? dy : reduce("sum", dy, axes);
  return new Tensor(shape, "f32", y.storage);
}
