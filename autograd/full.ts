import { emit } from "../gpu/emit.ts";
import { fill } from "../kernels/fill.ts";
import { stream } from "../kernels/lib/walks.ts";
import { type Shape, Tensor } from "./tensor.ts";

/** An f32 tensor that holds `value` everywhere. */
export function full(shape: Shape, value: number): Tensor {
  const y = new Tensor(shape);
  const [word = 0] = new Uint32Array(Float32Array.of(value).buffer);
  const { groups, constants } = stream(y.size);
  emit(fill, { y }, groups, { params: { word }, constants });
  return y;
}
