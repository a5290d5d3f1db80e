import type { Shape } from "../../autograd/tensor.ts";
import type { TensorSource } from "../weights/load.ts";

/**
 * A checkpoint whose convolution weights come with their input channels last,
 * [N, kt, kh, kw, C] or [N, kh, kw, C], as the kernels read them.
 */
export function channelsLast(source: TensorSource): TensorSource {
  const shapeOf = (name: string) => source.tensors.get(name)?.shape ?? [];
  return {
    path: source.path,
    tensors: new Map(
      [...source.tensors].map((
        [name, { shape }],
      ) => [name, { shape: moved(shape) }]),
    ),
    async readF32(name, range) {
      const values = await source.readF32(name, range);
      return withChannelsLast(values, shapeOf(name));
    },
    async readF16(name, range) {
      const values = await source.readF16(name, range);
      return withChannelsLast(values, shapeOf(name));
    },
    readBytes: (name, range) => source.readBytes(name, range),
  };
}

function isConvolution(shape: Shape): boolean {
  return shape.length === 4 || shape.length === 5;
}

function moved(shape: Shape): Shape {
  const [n, c, ...taps] = shape;
  return isConvolution(shape) ? [n!, ...taps, c!] : shape;
}

function withChannelsLast<
  T extends Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
>(values: T, shape: Shape): T {
  if (!isConvolution(shape)) return values;
  const [, C = 0, ...sizes] = shape;
  const taps = sizes.reduce((a, b) => a * b, 1);
  const rows = values.length / (C * taps); // those of a range, not of all
  if (C * taps === Math.max(C, taps)) return values;
  const result = values.slice() as T;
  for (let n = 0; n < rows; n++) {
    const at = n * C * taps;
    for (let c = 0; c < C; c++) {
      for (let tap = 0; tap < taps; tap++) {
        result[at + tap * C + c] = values[at + c * taps + tap]!;
      }
    }
  }
  return result;
}
