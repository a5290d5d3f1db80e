import { emit } from "../gpu/emit.ts";
import { BINARY, binary1, binary4 } from "../kernels/binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import { broadcastShape, requireF32, stretched } from "./shapes.ts";
import { Tensor } from "./tensor.ts";
import { gelu, scale } from "./unary.ts";
import { walk } from "./walk.ts";

/** a + b, with broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("add", a, b), [a, b], (dy) => [
    sumTo(dy, a.shape),
    sumTo(dy, b.shape),
  ]);
}

/** a - b, with broadcasting. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("sub", a, b), [a, b], (dy) => [
    sumTo(dy, a.shape),
    scale(sumTo(dy, b.shape), -1),
  ]);
}

/** a b, element by element, with broadcasting. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("mul", a, b), [a, b], (dy) => [
    sumTo(binary("mul", dy, b), a.shape),
    sumTo(binary("mul", dy, a), b.shape),
  ]);
}

/** a / b, with broadcasting. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y = binary("div", a, b);
  return differentiable(y, [a, b], (dy) => {
    const da = binary("div", dy, b);
    return [
      sumTo(da, a.shape),
      scale(sumTo(binary("mul", da, y), b.shape), -1), // -dy a / b^2
    ];
  });
}

/** The larger of a and b, with broadcasting; equal elements halve the gradient. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("maximum", a, b), [a, b], (dy) => [
    sumTo(binary("mul", dy, binary("share", a, b)), a.shape),
    sumTo(binary("mul", dy, binary("share", b, a)), b.shape),
  ]);
}

/** a where c > 0, else b, with broadcasting; no gradient reaches c. */
export function where(c: Tensor, a: Tensor, b: Tensor): Tensor {
  // One of the terms is 0 even where the other choice is infinite or NaN.
  const y = binary("add", binary("keep", c, a), binary("drop", c, b));
  return differentiable(y, [a, b], (dy) => [
    sumTo(binary("keep", c, dy), a.shape),
    sumTo(binary("drop", c, dy), b.shape),
  ]);
}

/** gelu(a) b in the tanh form: the gate of T5's feed-forward layers. */
export function geluGated(a: Tensor, b: Tensor): Tensor {
  return mul(gelu(a), b);
}

/**
 * f(a, b) with broadcasting, where `name` stands for f; carries no gradient.
 * Vectors where both tensors hold the innermost axis, as [B, L, D] with [D],
 * [1, 1, D] or [B, 1, D] do.
 */
export function binary(
  name: keyof typeof BINARY,
  a: Tensor,
  b: Tensor,
): Tensor {
  requireF32(name, a, b);
  const y = new Tensor(broadcastShape(name, a.shape, b.shape));
  const { unit, groups, params, constants } = walk(
    name,
    y.shape,
    { tensor: a, strides: stretched(a.shape, y.shape) },
    { tensor: b, strides: stretched(b.shape, y.shape) },
  );
  const options = { params, constants: { OP: BINARY[name], ...constants } };
  if (unit === 4) emit(binary4, { a4: a, b4: b, y4: y }, groups, options);
  else emit(binary1, { a1: a, b1: b, y1: y }, groups, options);
  return y;
}
