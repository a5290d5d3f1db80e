import { emit } from "../gpu/record.ts";
import { BINARY, binary1, binary4 } from "../kernels/binary.ts";
import { broadcastShape, requireF32, stretched } from "./shapes.ts";
import { Tensor } from "./tensor.ts";
import { walk } from "./walk.ts";

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
