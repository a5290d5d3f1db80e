import { emit, spread } from "../gpu/record.ts";
import { geluBackward, geluForward } from "../kernels/gelu.ts";
import { differentiable } from "./op.ts";
import { like, type Tensor } from "./tensor.ts";

/** GELU of every element: the tanh approximation, or `exact` with erf. */
export function gelu(x: Tensor, { exact = false } = {}): Tensor {
  const groups = spread(x.size, 256);
  const constants = { TANH_FORM: !exact };
  const y = like(x);
  emit(geluForward, { x, y }, groups, { constants });
  return differentiable(y, [x], (dy) => {
    const dx = like(x);
    emit(geluBackward, { x, dy, dx }, groups, { constants });
    return [dx];
  });
}
