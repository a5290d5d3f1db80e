import { crc32 } from "../core/crc32.ts";
import type { ElementRange } from "../core/element_range.ts";
import { BEGINNING, foreignFile } from "../core/foreign_file.ts";
import { f32ToF16 } from "../core/half.ts";
import { shown } from "../core/shown.ts";
import { DISK } from "./disk.ts";
import type { FileSource, OpenFile } from "./file_source.ts";
import { CHECKSUMS, checksumsOf } from "./safetensors_checksums.ts";
import {
  bad,
  DTYPE_BYTES,
  type Header,
  parseHeader,
  type StoredTensor,
} from "./safetensors_header.ts";
import { widen } from "./widen.ts";

/** Real headers have about 130 bytes a tensor; this allows 100,000 tensors. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

export type { ElementRange };

/**
 * An open safetensors file. Opening reads the header alone; tensors are read one
 * at a time when they are asked for. In a file with checksums, which all that
 * {@link writeSafetensors} wrote have, header and tensors are compared with
 * them: those read in ranges once the last follows the others from the first on.
 *
 * @example
 * ```ts
 * import { SafetensorsFile } from "@qvgen/qvgen/io";
 *
 * const path = "tests/fixtures/dtypes/reader_bf16.safetensors";
 * using file = await SafetensorsFile.open(path);
 * console.log(file.tensors.get("x")?.shape); // [6, 8]
 * console.log(await file.readF32("x")); // 48 numbers
 * ```
 */
export class SafetensorsFile implements Disposable {
  /** The file that was opened. */
  readonly path: string;
  /** The file's free-form texts, without the checksums. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Every tensor by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #file: OpenFile;
  readonly #bodyStart: number;
  readonly #checksums: ReadonlyMap<string, number> | undefined;
  /** How far tensors were read from their beginning, and the checksum so far. */
  readonly #partial = new Map<string, { count: number; sum: number }>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    file: OpenFile,
    bodyStart: number,
    header: Header,
    checksums: ReadonlyMap<string, number> | undefined,
  ) {
    this.path = path;
    const texts = [...header.metadata].filter(([key]) => key !== CHECKSUMS);
    this.metadata = new Map(texts);
    this.tensors = header.tensors;
    this.#file = file;
    this.#bodyStart = bodyStart;
    this.#checksums = checksums;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws InputError naming the file and what is wrong with it.
   */
  static async open(
    path: string,
    files: FileSource = DISK,
  ): Promise<SafetensorsFile> {
    const file = await files.open(path);
    try {
      const { size } = file;
      const length = await readHeaderLength(path, file);
      const bytes = await file.read(0, 8 + length);
      const header = parseHeader(path, bytes.subarray(8), size - bytes.length);
      const checksums = checksumsOf(path, bytes, header);
      return new SafetensorsFile(path, file, bytes.length, header, checksums);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether the file has checksums, so that damage is noticed. */
  get checked(): boolean {
    return this.#checksums !== undefined;
  }

  /**
   * The raw little-endian bytes of a tensor, or of a range of its elements.
   *
   * @throws InputError naming file and tensor if it is not there or damaged.
   */
  readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const tensor = this.#tensor(name);
    const { start, count } = range ?? { start: 0, count: tensor.size };
    if (start < 0 || count < 0 || start + count > tensor.size) {
      throw new RangeError(
        `Cannot read elements ${start} to ${
          start + count
        } of ${name}: it has ${tensor.size}`,
      );
    }
    const width = DTYPE_BYTES[tensor.dtype];
    const position = this.#bodyStart + tensor.begin + start * width;
    const read = this.#file.read(position, count * width);
    // Compared in the order in which they were asked for.
    const bytes = Promise.all([read, this.#last]).then(([bytes]) => {
      this.#compare(name, start, bytes);
      // Users read elements of `buffer`: a part of a larger one gets its own.
      return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
    });
    this.#last = bytes.catch(() => {});
    return bytes;
  }

  /**
   * A tensor, or a range of its elements, as f32: floats and integers of up
   * to 16 bits and booleans exactly, wider types rounded to the nearest f32.
   */
  async readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { buffer } = await this.readBytes(name, range);
    return widen(this.#tensor(name).dtype, buffer);
  }

  /** The bits of a tensor as f16: as stored if it is F16, else rounded to nearest. */
  async readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    if (this.#tensor(name).dtype === "F16") {
      return new Uint16Array((await this.readBytes(name, range)).buffer);
    }
    return f32ToF16(await this.readF32(name, range));
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** Goes on with the checksum of a tensor; throws if the whole has another. */
  #compare(name: string, start: number, bytes: Uint8Array): void {
    const wanted = this.#checksums?.get(name);
    const before = start === 0 ? { count: 0, sum: 0 } : this.#partial.get(name);
    if (wanted === undefined || before?.count !== start) return;
    const { dtype, size } = this.#tensor(name);
    const count = start + bytes.length / DTYPE_BYTES[dtype];
    const sum = crc32(bytes, before.sum);
    this.#partial.set(name, { count, sum });
    if (count === size && sum !== wanted) {
      throw bad(this.path, `tensor ${name} is damaged: its checksum differs`);
    }
  }

  #tensor(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw bad(this.path, `it has no tensor ${name}`);
    return tensor;
  }
}

async function readHeaderLength(
  path: string,
  file: OpenFile,
): Promise<number> {
  const { size } = file;
  if (size < 10) {
    throw bad(path, `${size} bytes are too few for a safetensors file`);
  }
  const start = await file.read(0, Math.min(size, BEGINNING));
  const length = new DataView(start.buffer, start.byteOffset)
    .getBigUint64(0, true);
  const foreign = foreignFile(start);
  if (foreign !== undefined && length > BigInt(MAX_HEADER_BYTES)) {
    throw bad(path, `it is ${foreign}; accepted is a safetensors file`);
  }
  if (start.subarray(0, 8).every((byte) => byte >= 9 && byte < 127)) {
    const text = shown(new TextDecoder().decode(start));
    throw bad(path, `it is the text ${text}; accepted is a safetensors file`);
  }
  if (length > BigInt(size - 8)) {
    throw bad(
      path,
      `it claims a header of ${length} bytes, but has ${
        size - 8
      } after the length`,
    );
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw bad(
      path,
      `its header has ${length} bytes, at most ${MAX_HEADER_BYTES} are accepted`,
    );
  }
  return Number(length);
}
