import { stretched } from "./shapes.ts";
import { type Shape, sizeOf } from "./tensor.ts";

/** Matrices `count` in number, at constant steps. */
export interface Run {
  readonly count: number;
  readonly x: { readonly at: number; readonly step: number };
  readonly w: { readonly at: number; readonly step: number };
  readonly y: number;
}

/** Splits the batch into runs whose matrices lie at constant steps: mostly one. */
export function runs(outer: Shape, x: Shape, w: Shape): Run[] {
  const xs = stretched(x.slice(0, -2), outer);
  const ws = stretched(w.slice(0, -2), outer);
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
