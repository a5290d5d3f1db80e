import type { Gpu } from "../gpu/device.ts";
import { readback } from "../gpu/readback.ts";
import { Storage } from "../gpu/storage.ts";

/** Sizes, the slowest axis first; empty for a scalar. */
export type Shape = readonly number[];

/** Element types. f16 is kept as two halves a word; kernels widen it. */
export type DType = "f32" | "f16" | "u32" | "i32";

/** Elements of a tensor on the host; f16 as pairs in words. */
export type Values =
  | Float32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>;

/** What values of each type are written from. */
const ARRAYS = {
  f32: Float32Array,
  f16: Uint32Array,
  u32: Uint32Array,
  i32: Int32Array,
} as const;

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A dense, row-major array on the GPU. Reshape shares storage; there are no strides. */
export class Tensor implements Disposable {
  /** The memory behind it, shared by reshaped tensors. */
  readonly storage: Storage;

  /** A tensor whose memory a plan places; RangeError for sizes that are no whole numbers. */
  constructor(
    readonly shape: Shape,
    readonly dtype: DType = "f32",
    storage?: Storage,
  ) {
    if (!shape.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new RangeError(`Cannot make a tensor of shape [${shape}]`);
    }
    const bytes = sizeOf(shape) * (dtype === "f16" ? 2 : 4);
    this.storage = storage ?? new Storage(Math.ceil(bytes / 4) * 4);
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The length of axis `i`; negative ones count from the end. */
  dim(i: number): number {
    const n = this.shape.at(i);
    if (n === undefined) {
      throw new RangeError(`Cannot take axis ${i} of shape [${this.shape}]`);
    }
    return n;
  }

  /** Makes the tensor outlive its plan, so that it can be read or fed to another. */
  keep(): this {
    this.storage.pinned = true;
    return this;
  }

  /** Uploads values, f16 as pairs in words; the tensor is pinned by it, and takes memory anew if it was disposed of. */
  write(gpu: Gpu, data: Values): this {
    if (data.byteLength !== this.storage.bytes) {
      throw new RangeError(
        `Cannot write: ${data.length} values do not fill ${this.dtype} [${this.shape}]`,
      );
    }
    if (!(data instanceof ARRAYS[this.dtype])) {
      throw new TypeError(
        `Cannot write ${this.dtype} [${this.shape}]: it takes a ${
          ARRAYS[this.dtype].name
        }, found a ${data.constructor.name}`,
      );
    }
    const { storage } = this;
    if (data.byteLength > 0) { // a write of nothing is an error to some drivers
      const isNew = !storage.buffer;
      gpu.unwaited(`write ${this.dtype} [${this.shape}]`, () => {
        const buffer = storage.place(gpu.pool);
        gpu.device.queue.writeBuffer(buffer, storage.offset, data);
      }, (failure) => {
        if (isNew) storage.unplace();
        storage.spoil(failure);
        gpu.pool.losses++;
      });
    }
    storage.fill();
    return this.keep();
  }

  /** Downloads the values of an f32 tensor. One wait of about 11 ms: see `readAll`. */
  async read(gpu: Gpu): Promise<Float32Array<ArrayBuffer>> {
    return (await readAll(gpu, [this]))[0]!;
  }

  /**
   * Gives the memory of a pinned tensor back, also by `using`; again does
   * nothing. Throws for a tensor that lies in the memory of others, such as a
   * parameter of an arena.
   */
  [Symbol.dispose](): void {
    this.storage[Symbol.dispose]();
  }

  /** As `using` does at the end of a scope. */
  dispose(): void {
    this[Symbol.dispose]();
  }
}

/**
 * Downloads f32 tensors together, with one wait for all. Throws for other
 * types, and for tensors that nobody wrote or whose plan has not run.
 */
export async function readAll(
  gpu: Gpu,
  tensors: readonly Tensor[],
): Promise<Float32Array<ArrayBuffer>[]> {
  const buffers = await download(gpu, tensors, ["f32"], {
    f16: "widen it by an op that takes f16, or readWords() for pairs of halves",
    u32: "use readWords()",
    i32: "use readWords()",
  });
  return buffers.map((buffer) => new Float32Array(buffer));
}

/**
 * Downloads the words of u32, i32 (codes, ids) or f16 tensors (pairs of
 * halves) as they stand. Throws for f32, which `readAll` reads, and for tensors
 * that nobody wrote or whose plan has not run.
 */
export async function readWords(
  gpu: Gpu,
  tensors: readonly Tensor[],
): Promise<Uint32Array<ArrayBuffer>[]> {
  const buffers = await download(gpu, tensors, ["u32", "i32", "f16"], {
    f32: "use read() or readAll()",
  });
  return buffers.map((buffer) => new Uint32Array(buffer));
}

async function download(
  gpu: Gpu,
  tensors: readonly Tensor[],
  accepted: readonly DType[],
  instead: Partial<Record<DType, string>>,
): Promise<ArrayBuffer[]> {
  gpu.checkLost();
  for (const { dtype, shape, storage } of tensors) {
    const refuse = (why: string): never => {
      throw new TypeError(`Cannot read ${dtype} [${shape}]: ${why}`);
    };
    if (!accepted.includes(dtype)) refuse(instead[dtype]!);
    if (storage.disposed) refuse("it was disposed of");
    if (storage.fault) {
      gpu.forgive(storage.fault);
      throw storage.fault;
    }
    if (!storage.pinned) {
      refuse("it lived in its plan alone; keep() it in record()");
    }
    if (!storage.filled) {
      refuse(
        storage.planned
          ? "it has no values yet; the plan that computes it has not run"
          : "it has no values; it was never written, nor kept in the plan that computes it",
      );
    }
  }
  return await readback(gpu, tensors.map(({ storage }) => storage));
}

/** A tensor of the same shape and type that a plan may recycle. */
export function like(x: Tensor): Tensor {
  return new Tensor(x.shape, x.dtype);
}

/** A tensor that stays: an input, a result, a parameter. */
export function pinned(shape: Shape, dtype: DType = "f32"): Tensor {
  return new Tensor(shape, dtype).keep();
}

/** A pinned f32 tensor with these values. */
export function fromArray(
  gpu: Gpu,
  shape: Shape,
  data: ArrayLike<number>,
): Tensor {
  return pinned(shape).write(gpu, Float32Array.from(data));
}
