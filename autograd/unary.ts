import { emit } from "../gpu/record.ts";
import { stream } from "../kernels/stream.ts";
import {
  backward1,
  backward4,
  forward1,
  forward4,
  UNARY,
} from "../kernels/unary.ts";
import { differentiable } from "./op.ts";
import { requireF32 } from "./shapes.ts";
import { like, type Tensor } from "./tensor.ts";

/** The function of every element that `name` stands for; `a` and `b` are its parameters. */
export function unary(
  name: keyof typeof UNARY,
  x: Tensor,
  a = 0,
  b = 0,
): Tensor {
  requireF32(name, x);
  const wide = x.size % 4 === 0;
  const { groups, constants } = stream(wide ? x.size / 4 : x.size);
  const options = {
    params: { a, b },
    constants: { OP: UNARY[name], ...constants },
  };
  const y = like(x);
  if (wide) emit(forward4, { x4: x, y4: y }, groups, options);
  else emit(forward1, { x1: x, y1: y }, groups, options);
  return differentiable(y, [x], (dy) => {
    const dx = like(x);
    if (wide) emit(backward4, { x4: x, dy4: dy, y4: dx }, groups, options);
    else emit(backward1, { x1: x, dy1: dy, y1: dx }, groups, options);
    return [dx];
  });
}
