import { readAll, type Shape, type Tensor } from "../../autograd/tensor.ts";
import { f32ToF16 } from "../../core/half.ts";
import { firstBeyond, firstNonFiniteF16 } from "../../core/first_beyond.ts";
import type { Gpu } from "../../gpu/device.ts";

/** Bytes of small tensors that are read together, since every wait costs the same. */
const TOGETHER = 16 * 2 ** 20;

/** A tensor as checkpoints store it. */
export interface SavedTensor {
  /** The type of its elements. */
  readonly dtype: "F32" | "F16";
  /** Sizes, the slowest axis first. */
  readonly shape: Shape;
  /** Downloads the elements, row-major; those of F16 as their bits. */
  readonly data: () => Promise<
    Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>
  >;
}

/**
 * Named f32 tensors for a writer, which downloads each when its turn comes: in
 * the order of their names, memory holds one at a time, or some small ones.
 * `data` of a tensor that is not finite, in f16 if that is asked for, throws an
 * error that names it.
 */
export function download(
  gpu: Gpu,
  tensors: Iterable<readonly [name: string, tensor: Tensor]>,
  dtype: "F32" | "F16" = "F32",
): Map<string, SavedTensor> {
  const saved = new Map<string, SavedTensor>();
  for (const some of together(tensors)) {
    let left = 0;
    let values: Promise<Float32Array<ArrayBuffer>[]> | undefined;
    for (const [i, [name, { shape }]] of some.entries()) {
      const data = async () => {
        if (left === 0) {
          values = readAll(gpu, some.map(([, tensor]) => tensor));
          left = some.length;
        }
        const read = (await values!)[i]!;
        if (--left === 0) values = undefined;
        return checked(name, read, dtype);
      };
      saved.set(name, { dtype, shape, data });
    }
  }
  return saved;
}

/** Neighbours by name, as many as are read at a time. */
function together(
  tensors: Iterable<readonly [name: string, tensor: Tensor]>,
): (readonly [name: string, tensor: Tensor])[][] {
  const lists: (readonly [string, Tensor])[][] = [];
  let bytes = Infinity;
  for (const one of [...tensors].sort(([a], [b]) => a < b ? -1 : 1)) {
    bytes += one[1].storage.bytes;
    if (bytes > TOGETHER) {
      lists.push([]);
      bytes = one[1].storage.bytes;
    }
    lists.at(-1)!.push(one);
  }
  return lists;
}

function checked(
  name: string,
  values: Float32Array<ArrayBuffer>,
  dtype: SavedTensor["dtype"],
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const data = dtype === "F16" ? f32ToF16(values) : values;
  const at = data instanceof Uint16Array
    ? firstNonFiniteF16(data)
    : firstBeyond(data, Number.MAX_VALUE);
  if (at < 0) return data;
  throw new Error(
    `tensor ${name} is not finite${
      dtype === "F16" ? " as f16" : ""
    } at element ${at}: ${values[at]}`,
  );
}
