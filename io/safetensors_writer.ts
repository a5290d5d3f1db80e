import { crc32 } from "../core/crc32.ts";
import { replaceFile, writeAll } from "./atomic.ts";
import { roomForChecksums, seal } from "./safetensors_checksums.ts";
import { type Dtype, DTYPE_BYTES } from "./safetensors_header.ts";

/** A tensor to be written; its values may be made only when their turn comes. */
export interface TensorToWrite {
  /** The type of its elements. */
  readonly dtype: Dtype;
  /** Sizes, slowest dimension first; empty for a scalar. */
  readonly shape: readonly number[];
  /** The elements, row-major, in the memory layout of `dtype`. */
  readonly data:
    | ArrayBufferView
    | (() => ArrayBufferView | Promise<ArrayBufferView>);
}

/** Bytes that a tensor takes in a file. */
export function tensorBytes(
  { dtype, shape }: Pick<TensorToWrite, "dtype" | "shape">,
): number {
  return shape.reduce((a, b) => a * b, 1) * DTYPE_BYTES[dtype];
}

/**
 * Writes a safetensors file atomically: it is complete or absent. Values given as
 * functions are asked for one at a time, so that a model larger than the memory
 * can be written. The metadata gets a checksum (CRC-32) of each tensor and of the
 * header, which {@link SafetensorsFile} compares.
 *
 * @throws RangeError if a tensor's bytes do not match its shape and dtype.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = inFileOrder(tensors);
  const header = encodeHeader(ordered, metadata);
  await replaceFile(path, async (file) => {
    await writeAll(file, header);
    const checksums: number[] = [];
    for (const [name, tensor] of ordered) {
      const { data } = tensor;
      const view = typeof data === "function" ? await data() : data;
      if (view.byteLength !== tensorBytes(tensor)) {
        throw new RangeError(
          `tensor ${name} has ${view.byteLength} bytes, but ${tensor.dtype} [${tensor.shape}] needs ${
            tensorBytes(tensor)
          }`,
        );
      }
      const { buffer, byteOffset, byteLength } = view;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      checksums.push(crc32(bytes));
      await writeAll(file, bytes);
    }
    seal(header, checksums);
    await file.seek(0, Deno.SeekMode.Start);
    await writeAll(file, header);
  });
}

/** Widest elements first: with a header of whole words every tensor is aligned. */
function inFileOrder(
  tensors: ReadonlyMap<string, TensorToWrite>,
): [string, TensorToWrite][] {
  return [...tensors].sort(([a, x], [b, y]) =>
    DTYPE_BYTES[y.dtype] - DTYPE_BYTES[x.dtype] || (a < b ? -1 : 1)
  );
}

/** The length as eight bytes, then the JSON, padded by spaces to whole words. */
function encodeHeader(
  ordered: readonly [string, TensorToWrite][],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const texts = [
    ...Object.entries(roomForChecksums(ordered.length)),
    ...Object.entries(metadata),
  ].map(([key, text]): [string, string] => [key, JSON.stringify(text)]);
  const entries: [string, string][] = [["__metadata__", jsonObject(texts)]];
  let begin = 0;
  for (const [name, tensor] of ordered) {
    const end = begin + tensorBytes(tensor);
    const { dtype, shape } = tensor;
    const entry = { dtype, shape, data_offsets: [begin, end] };
    entries.push([name, JSON.stringify(entry)]);
    begin = end;
  }
  const json = new TextEncoder().encode(jsonObject(entries));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/** An object of JSON values as text; in a real one, names that are numbers would come first. */
function jsonObject(entries: readonly [name: string, json: string][]): string {
  const parts = entries.map(([name, json]) =>
    `${JSON.stringify(name)}:${json}`
  );
  return `{${parts.join(",")}}`;
}
