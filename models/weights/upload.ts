import type { ElementRange } from "../../core/element_range.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { TensorSource } from "./tensor_source.ts";
import type { Tensor } from "../../autograd/tensor.ts";

/** Bytes of a tensor that are converted, and that wait to be copied to the GPU, at a time. */
const PIECE_BYTES = 32 * 2 ** 20;

/**
 * Uploads parameters, some rows at a time, so that neither the heap nor the
 * driver's staging memory ever holds much more than a piece of `pieceBytes`.
 */
export class Uploader {
  #staged = 0;

  /** Values come from `source`. */
  constructor(
    readonly gpu: Gpu,
    readonly source: TensorSource,
    readonly pieceBytes = PIECE_BYTES,
  ) {}

  /** Reads a tensor of the source into one of the GPU, which is pinned by it. */
  async write(name: string, tensor: Tensor): Promise<void> {
    const { gpu } = this;
    const { size, shape, storage, dtype } = tensor;
    const buffer = storage.place(gpu.pool);
    const width = dtype === "f16" ? 2 : 4;
    // Pairs of rows of halves fill whole words.
    const rows = 2 * size / (shape[0] ?? 1);
    const fitting = Math.floor(this.pieceBytes / width);
    const most = size <= fitting
      ? size
      : rows * Math.max(1, Math.floor(fitting / rows));
    for (let start = 0; start < size; start += most) {
      const count = Math.min(most, size - start);
      const range = count < size ? { start, count } : undefined;
      const data = await this.#read(name, tensor, range);
      if (data.byteLength !== Math.ceil(count * width / 4) * 4) {
        throw new RangeError(
          `Cannot upload ${name}: ${data.byteLength} bytes do not fill ${count} elements of ${dtype}`,
        );
      }
      const offset = storage.offset + start * width;
      gpu.device.queue.writeBuffer(buffer, offset, data);
      this.#staged += data.byteLength;
      if (this.#staged >= this.pieceBytes) await this.flush();
    }
    storage.fill();
  }

  /** Waits until all that was written has left the staging memory. */
  async flush(): Promise<void> {
    if (this.#staged === 0) return;
    this.gpu.device.queue.submit([]); // drivers copy what was staged with the next submission
    await this.gpu.idle();
    this.#staged = 0;
  }

  async #read(
    name: string,
    { dtype }: Tensor,
    range: ElementRange | undefined,
  ): Promise<ArrayBufferView<ArrayBuffer>> {
    const { source } = this;
    if (dtype === "f32") return await source.readF32(name, range);
    if (dtype === "u32" || dtype === "i32") {
      return await source.readBytes(name, range);
    }
    const halves = await source.readF16(name, range);
    const words = new Uint32Array(Math.ceil(halves.length / 2));
    new Uint16Array(words.buffer).set(halves);
    return words;
  }
}
