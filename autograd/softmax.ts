import { emitRows } from "../kernels/lib/rows.ts";
import { softmaxBackward, softmaxForward } from "../kernels/softmax.ts";
import { differentiable } from "./op.ts";
import { like, type Tensor } from "./tensor.ts";

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const columns = x.dim(-1);
  const size = { rows: x.size / columns, columns };
  const y = like(x);
  emitRows(softmaxForward, { x, y }, size);
  return differentiable(y, [x], (dy) => {
    const dx = like(x);
    emitRows(softmaxBackward, { seen: y, dy, dx }, size);
    return [dx];
  });
}
