import { InputError } from "../core/errors.ts";
import { f32ToF16 } from "../core/half.ts";
import { type Shape, sizeOf } from "../autograd/tensor.ts";
import type { Gpu } from "../gpu/device.ts";
import { type Parameter, parameters } from "./module.ts";

/** Where weights come from: a checkpoint folder, a file, or memory. */
export interface TensorSource {
  /** Names the source in error messages. */
  readonly path: string;
  /** The shape of each tensor by name, and its type where the source tells. */
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  /** The values widened to f32. */
  readF32(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** The values as bits of f16. */
  readF16(name: string): Promise<Uint16Array<ArrayBuffer>>;
  /** The values' bytes as they stand. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a source tells of a tensor without reading it. */
export interface TensorFacts {
  /** Sizes, the slowest axis first. */
  readonly shape: Shape;
  /** As safetensors names it. */
  readonly dtype?: string;
}

/** How strictly keys must match. */
export interface LoadOptions {
  /** Keys of the source that may go unused. */
  readonly ignore?: (name: string) => boolean;
}

/**
 * Uploads every parameter of `module` from `source`. Throws an InputError that
 * lists all missing, unexpected and misshapen keys together.
 */
export async function load(
  gpu: Gpu,
  module: object,
  source: TensorSource,
  options: LoadOptions = {},
): Promise<void> {
  checkFit(module, source, options);
  for (const [name, parameter] of parameters(module)) {
    parameter.write(gpu, await read(source, name, parameter));
  }
}

async function read(source: TensorSource, name: string, { dtype }: Parameter) {
  if (dtype === "f32") return await source.readF32(name);
  if (dtype === "u32" || dtype === "i32") {
    return new Uint32Array((await source.readBytes(name)).buffer);
  }
  const halves = await source.readF16(name);
  const words = new Uint32Array(Math.ceil(halves.length / 2));
  new Uint16Array(words.buffer).set(halves);
  return words;
}

/**
 * Whether the tensors of a source are the parameters of a module, before any is
 * read. Throws an InputError that lists all missing, unexpected and misshapen
 * keys together.
 */
export function checkFit(
  module: object,
  source: Pick<TensorSource, "path" | "tensors">,
  { ignore = () => false }: LoadOptions = {},
): void {
  const wanted = new Map<string, Parameter>(parameters(module));
  const found = source.tensors;
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  const unexpected = [...found.keys()].filter((name) =>
    !wanted.has(name) && !ignore(name)
  );
  const misshapen = [...wanted].flatMap(([name, { shape }]) => {
    const stored = found.get(name)?.shape ?? shape;
    return `${stored}` === `${shape}`
      ? []
      : [`${name} is [${stored}], the config takes [${shape}]`];
  });
  const complaints = [
    ["missing", missing],
    ["unexpected", unexpected],
    ["misshapen", misshapen],
  ].filter((c): c is [string, string[]] => c[1]!.length > 0);
  if (complaints.length === 0) return;
  throw new InputError(
    `The weights of ${source.path} do not fit the model: ${
      complaints.map(([what, keys]) =>
        `${keys.length} ${what}: ${keys.slice(0, 8).join(", ")}${
          keys.length > 8 ? ", ..." : ""
        }`
      ).join("; ")
    }`,
  );
}

/** Weights held in memory, for tests and for freshly made models. */
export class MemorySource implements TensorSource {
  /** Tensors by name; `path` stands for a file in messages. */
  constructor(
    readonly path: string,
    readonly tensors: ReadonlyMap<string, MemoryTensor>,
  ) {
    for (const [name, { shape, data }] of tensors) {
      if (sizeOf(shape) !== data.length) {
        throw new RangeError(`${name} [${shape}] has ${data.length} values`);
      }
    }
  }

  readF32(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { data } = this.#get(name);
    if (data instanceof Float32Array) return Promise.resolve(data);
    throw new RangeError(`${this.path}: ${name} holds no f32 values`);
  }

  async readF16(name: string): Promise<Uint16Array<ArrayBuffer>> {
    return f32ToF16(await this.readF32(name));
  }

  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = this.#get(name);
    return Promise.resolve(
      new Uint8Array(data.slice().buffer),
    );
  }

  #get(name: string): MemoryTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new RangeError(`${this.path} has no tensor ${name}`);
    return tensor;
  }
}

/** An array with its shape. */
export interface MemoryTensor {
  /** Sizes, the slowest axis first. */
  readonly shape: Shape;
  /** The elements, row-major. */
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}
