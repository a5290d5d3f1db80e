import { InputError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../autograd/tensor.ts";
import type { Gpu } from "../gpu/device.ts";
import { type Parameter, parameters } from "./module.ts";

/** Where weights come from: a checkpoint folder, a file, or memory. */
export interface TensorSource {
  /** Names the source in error messages. */
  readonly path: string;
  names(): Iterable<string>;
  shape(name: string): Shape;
  /** The values widened to f32. */
  readF32(name: string): Promise<Float32Array<ArrayBuffer>>;
}

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
  const wanted = new Map(parameters(module));
  checkKeys(wanted, source, options);
  for (const [name, parameter] of wanted) {
    parameter.write(gpu, await source.readF32(name));
  }
}

function checkKeys(
  wanted: ReadonlyMap<string, Parameter>,
  source: TensorSource,
  { ignore = () => false }: LoadOptions,
): void {
  const found = new Set(source.names());
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  const unexpected = [...found].filter((n) => !wanted.has(n) && !ignore(n));
  const misshapen = [...wanted].filter(([name, { shape }]) =>
    found.has(name) && `${source.shape(name)}` !== `${shape}`
  ).map(([name, { shape }]) =>
    `${name} is [${source.shape(name)}], the config takes [${shape}]`
  );
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
  readonly #tensors: ReadonlyMap<string, MemoryTensor>;

  constructor(
    readonly path: string,
    tensors: Iterable<readonly [name: string, tensor: MemoryTensor]>,
  ) {
    this.#tensors = new Map(tensors);
    for (const [name, { shape, data }] of this.#tensors) {
      if (sizeOf(shape) !== data.length) {
        throw new RangeError(`${name} [${shape}] has ${data.length} values`);
      }
    }
  }

  names(): Iterable<string> {
    return this.#tensors.keys();
  }

  shape(name: string): Shape {
    return this.#get(name).shape;
  }

  readF32(name: string): Promise<Float32Array<ArrayBuffer>> {
    return Promise.resolve(this.#get(name).data);
  }

  #get(name: string): MemoryTensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new RangeError(`${this.path} has no tensor ${name}`);
    return tensor;
  }
}

/** An array with its shape. */
export interface MemoryTensor {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}
