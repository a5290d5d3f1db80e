import { emit } from "../gpu/emit.ts";
import { copy1, copy4 } from "../kernels/strided.ts";
import type { Shape } from "./tensor.ts";
import { type Path, walk } from "./walk.ts";

/** Copies element c . from to element c . to, for every coordinate c of `shape`; any 32-bit type. */
export function copyStrided(
  op: string,
  shape: Shape,
  from: Path,
  to: Path,
): void {
  const { tensor: x, start: xStart = 0 } = from;
  const { tensor: y, start: yStart = 0 } = to;
  if (x.dtype === "f16") {
    throw new TypeError(
      `Cannot apply ${op}: it takes 32-bit elements, found f16 [${x.shape}]`,
    );
  }
  const { unit, groups, params, constants } = walk(op, shape, from, to);
  const options = {
    params: { ...params, x_start: xStart / unit, y_start: yStart / unit },
    constants,
  };
  if (unit === 4) emit(copy4, { x4: x, y4: y }, groups, options);
  else emit(copy1, { x1: x, y1: y }, groups, options);
}
