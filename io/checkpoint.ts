import { join } from "@std/path";
import type { ElementRange } from "../core/element_range.ts";
import { InputError } from "../core/errors.ts";
import { firstBeyond, firstNonFiniteF16 } from "../core/first_beyond.ts";
import type { JsonObject } from "../core/json.ts";
import { DISK } from "./disk.ts";
import type { FileSource } from "./file_source.ts";
import { readJsonObject } from "./json.ts";
import { isSafetensorsName } from "./model_file.ts";
import type { TensorInfo } from "./safetensors_header.ts";
import { openSharded, openSingle, type Shards } from "./shards.ts";

/** The stems of weight files: diffusers' models, then transformers'. */
const STEMS = ["diffusion_pytorch_model", "model"];

/** Beyond any weight, and any zero of a row of equal weights: what overflows makes no sign in a quantised network. */
const LARGEST = 1e12;

/** How a checkpoint is opened. */
export interface CheckpointOptions {
  /** Accept NaN, infinite and absurdly large weights; by default they are refused. */
  readonly allowNonFinite?: boolean;
  /** Further from 0 a value is absurdly large; default 1e12, beyond any weight of a model. */
  readonly largest?: number;
  /** What its files are read from; by default this machine's disk. */
  readonly files?: FileSource;
}

/**
 * A model on disk in the layout of diffusers and transformers, as one table of
 * tensors whichever files they lie in. Values are read when asked for.
 *
 * @example
 * ```ts
 * import { Checkpoint } from "@qvgen/qvgen/io";
 *
 * using model = await Checkpoint.open("tests/fixtures/bad/nan_weight");
 * console.log(model.config?.["num_layers"], model.tensors.size);
 * const { shape } = model.tensors.get("proj_out.weight")!;
 * const weight = await model.readF32("proj_out.weight");
 * console.log(shape, weight[0]);
 * ```
 */
export class Checkpoint implements Disposable {
  /** The folder or file that was opened. */
  readonly path: string;
  /** `config.json`; undefined for a bare .safetensors file. */
  readonly config: JsonObject | undefined;
  /** Every tensor by name. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What it is read from. */
  readonly files: FileSource;
  readonly #shards: Shards;
  readonly #allowNonFinite: boolean;
  readonly #largest: number;

  private constructor(
    path: string,
    config: JsonObject | undefined,
    shards: Shards,
    options: CheckpointOptions,
  ) {
    this.path = path;
    this.config = config;
    this.files = options.files ?? DISK;
    this.tensors = new Map(
      [...shards.fileOf].map(([name, file]) => [name, file.tensors.get(name)!]),
    );
    this.#shards = shards;
    this.#allowNonFinite = options.allowNonFinite ?? false;
    this.#largest = options.largest ?? LARGEST;
  }

  /**
   * Opens a model folder (`config.json` with a weight file or an index of shards)
   * or a single safetensors file, whatever its name.
   *
   * @throws InputError naming the file and what is wrong with it.
   */
  static async open(
    path: string,
    options: CheckpointOptions = {},
  ): Promise<Checkpoint> {
    const { files = DISK } = options;
    const found = await files.stat(path);
    if (found ? found.kind === "file" : isSafetensorsName(path)) {
      const single = await openSingle(path, files);
      return new Checkpoint(path, undefined, single, options);
    }
    const names = await files.list(path);
    const config = await readJsonObject(join(path, "config.json"), files);
    const shards = await openWeights(path, names, files);
    return new Checkpoint(path, config, shards, options);
  }

  /** Whether all of its files have checksums, so that damage is noticed. */
  get checked(): boolean {
    return this.#shards.files.every(({ checked }) => checked);
  }

  /** The free-form texts of the weight files; a later shard's win. */
  get metadata(): ReadonlyMap<string, string> {
    return new Map(this.#shards.files.flatMap((file) => [...file.metadata]));
  }

  /**
   * A tensor, or a range of its elements, as f32.
   *
   * @throws InputError naming the tensor if it is missing, not finite or absurdly large.
   */
  async readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    const values = await this.#file(name).readF32(name, range);
    if (!this.#allowNonFinite) {
      const index = firstBeyond(values, this.#largest);
      const value = values[index] ?? 0;
      const how = Number.isFinite(value) ? `${value}` : "not finite";
      this.#refuse(name, index, range, how);
    }
    return values;
  }

  /**
   * The bits of a tensor as f16: as stored if it is F16, else rounded to nearest.
   *
   * @throws InputError naming the tensor if it is missing, not finite or too large.
   */
  async readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    const bits = await this.#file(name).readF16(name, range);
    if (!this.#allowNonFinite) {
      this.#refuse(name, firstNonFiniteF16(bits), range, "not finite as f16");
    }
    return bits;
  }

  /** The raw little-endian bytes of a tensor, or of a range of its elements. */
  readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#file(name).readBytes(name, range);
  }

  /** Closes its files. */
  [Symbol.dispose](): void {
    this.#shards[Symbol.dispose]();
  }

  #file(name: string) {
    const file = this.#shards.fileOf.get(name);
    if (file === undefined) {
      throw new InputError(
        `Cannot read ${this.path}: it has no tensor ${name}`,
      );
    }
    return file;
  }

  #refuse(
    name: string,
    index: number,
    { start }: ElementRange = { start: 0, count: 0 },
    how: string,
  ): void {
    if (index < 0) return;
    throw new InputError(
      `Cannot use ${
        this.#file(name).path
      }: tensor ${name} is ${how} at element ${start + index}`,
    );
  }
}

function openWeights(
  folder: string,
  names: ReadonlySet<string>,
  files: FileSource,
): Promise<Shards> {
  for (const stem of STEMS) {
    const single = `${stem}.safetensors`;
    const index = `${single}.index.json`;
    const found = [...names].find((name) =>
      name.toLowerCase().replace(/\.sft$/, ".safetensors") === single
    );
    if (found) return openSingle(join(folder, found), files);
    if (names.has(index)) return openSharded(folder, index, files);
  }
  const accepted = STEMS.map((stem) => `${stem}.safetensors`).join(" or ");
  const other = [...names].find((name) =>
    /\.(safetensors|sft|gguf|bin|pth?|ckpt|h5|onnx|msgpack)$/i.test(name)
  );
  const found = other === undefined ? "" : `; found ${other}`;
  throw new InputError(
    `Cannot read ${folder}: it has no ${accepted} (nor an .index.json of shards)${found}`,
  );
}
