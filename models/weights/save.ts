import { readAll, type Shape, type Tensor } from "../../autograd/tensor.ts";
import { f32ToF16 } from "../../core/half.ts";
import type { Gpu } from "../../gpu/device.ts";

/** A tensor as checkpoints store it. */
export interface SavedTensor {
  /** The type of its elements. */
  readonly dtype: "F32" | "F16";
  /** Sizes, the slowest axis first. */
  readonly shape: Shape;
  /** The elements, row-major; those of F16 as their bits. */
  readonly data: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

/** Downloads named f32 tensors for writing, with one wait; f16 rounds them. */
export async function download(
  gpu: Gpu,
  tensors: Iterable<readonly [name: string, tensor: Tensor]>,
  dtype: "F32" | "F16" = "F32",
): Promise<Map<string, SavedTensor>> {
  const list = [...tensors];
  const values = await readAll(gpu, list.map(([, t]) => t));
  return new Map(list.map(([name, { shape }], i) => {
    const data = dtype === "F16" ? f32ToF16(values[i]!) : values[i]!;
    return [name, { dtype, shape, data }];
  }));
}
