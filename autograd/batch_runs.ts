import { type Shape, sizeOf } from "./tensor.ts";

/** The common shape of two shapes, aligned at the last axis. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a.at(i - rank) ?? 1, b.at(i - rank) ?? 1];
    if (m !== n && m !== 1 && n !== 1) {
      throw new RangeError(`Cannot broadcast [${a}] with [${b}]`);
    }
    return m === 1 ? n : m;
  });
}

/** Matrices `count` in number, at constant steps. */
export interface Run {
  readonly count: number;
  readonly x: { readonly at: number; readonly step: number };
  readonly w: { readonly at: number; readonly step: number };
  readonly y: number;
}

/** Splits the batch into runs whose matrices lie at constant steps: mostly one. */
export function runs(outer: Shape, x: Shape, w: Shape): Run[] {
  const xs = strides(outer, x.slice(0, -2));
  const ws = strides(outer, w.slice(0, -2));
  let axis = outer.length - 1;
  let count = outer[axis] ?? 1;
  const [xStep, wStep] = [xs[axis] ?? 0, ws[axis] ?? 0];
  while (
    axis > 0 && xs[axis - 1] === count * xStep && ws[axis - 1] === count * wStep
  ) count *= outer[--axis]!;
  const total = sizeOf(outer);
  return Array.from({ length: total / count }, (_, i) => {
    let [left, xAt, wAt] = [i, 0, 0];
    for (let a = axis - 1; a >= 0; a--) {
      xAt += left % outer[a]! * xs[a]!;
      wAt += left % outer[a]! * ws[a]!;
      left = Math.floor(left / outer[a]!);
    }
    return {
      count,
      x: { at: xAt, step: xStep },
      w: { at: wAt, step: wStep },
      y: i * count,
    };
  });
}

/** Steps of each axis of `outer` in a shape that broadcasts to it, in matrices. */
function strides(outer: Shape, shape: Shape): number[] {
  let step = 1;
  return outer.map((_, i) => shape.at(i - outer.length) ?? 1)
    .map((n, i) => i < outer.length - shape.length ? 1 : n)
    .toReversed()
    .map((n) => {
      const s = n === 1 ? 0 : step;
      step *= n;
      return s;
    })
    .toReversed();
}
