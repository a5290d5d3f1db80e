import { concat } from "./concat.ts";
import { reshape } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/** Tensors of one shape side by side along a new axis; negative axes count from the new end. */
export function stack(xs: readonly Tensor[], axis: number): Tensor {
  const rank = (xs[0]?.shape.length ?? 0) + 1;
  const at = axis < 0 ? axis + rank : axis;
  return concat(xs.map((x) => reshape(x, x.shape.toSpliced(at, 0, 1))), at);
}
