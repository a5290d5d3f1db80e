import type { ElementRange } from "../../core/element_range.ts";
import { InputError } from "../../core/errors.ts";
import { f32ToF16 } from "../../core/half.ts";
import { some } from "../../core/shown.ts";
import { type Shape, sizeOf, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import { isPaged } from "../../gpu/paging.ts";
import { parameters } from "../module.ts";
import { foreignWeights } from "../names/foreign_weights.ts";
import type { TensorSource } from "./tensor_source.ts";
import { Uploader } from "./upload.ts";

export type { TensorFacts, TensorSource } from "./tensor_source.ts";

/** How strictly keys must match. */
export interface LoadOptions {
  /** Keys of the source that may go unused. */
  readonly ignore?: (name: string) => boolean;
}

/**
 * Uploads every parameter of `module` from `source`, a piece of bounded size at
 * a time; what is paged is left to the plans that need it. Throws an InputError
 * that lists all missing, unexpected and misshapen keys together.
 */
export async function load(
  gpu: Gpu,
  module: object,
  source: TensorSource,
  options: LoadOptions = {},
): Promise<void> {
  await loadTensors(gpu, parameters(module), source, options);
}

/** Uploads named tensors, such as the moments of an optimiser, as {@link load} does. */
export async function loadTensors(
  gpu: Gpu,
  tensors: Iterable<readonly [name: string, tensor: Tensor]>,
  source: TensorSource,
  options: LoadOptions = {},
): Promise<void> {
  const named = [...tensors];
  checkNames(named, source, options);
  const uploader = new Uploader(gpu, source);
  for (const [name, tensor] of named) {
    if (!isPaged(tensor.storage)) await uploader.write(name, tensor);
  }
  await uploader.flush();
}

/**
 * Whether the tensors of a source are the parameters of a module, before any is
 * read. Throws an InputError that lists all missing, unexpected and misshapen
 * keys together.
 */
export function checkFit(
  module: object,
  source: Pick<TensorSource, "path" | "tensors">,
  options: LoadOptions = {},
): void {
  checkNames(parameters(module), source, options);
}

function checkNames(
  tensors: Iterable<readonly [name: string, tensor: Tensor]>,
  source: Pick<TensorSource, "path" | "tensors">,
  { ignore = () => false }: LoadOptions,
): void {
  const wanted = new Map(tensors);
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
  const ofNumbers = [...wanted].flatMap(([name, { dtype }]) => {
    const stored = found.get(name)?.dtype ?? "";
    return dtype.startsWith("f") && /^([IU]\d|BOOL)/.test(stored)
      ? [`${name} is ${stored}`]
      : [];
  });
  const complaints = [
    ["missing", missing],
    ["unexpected", unexpected],
    ["misshapen", misshapen],
    ["of whole numbers", ofNumbers],
  ].filter((c): c is [string, string[]] => c[1]!.length > 0);
  if (complaints.length === 0) return;
  const foreign = foreignWeights(unexpected);
  if (foreign !== undefined) {
    throw new InputError(
      `Cannot use the weights of ${source.path}: ${foreign}`,
    );
  }
  const before = prefixOf(unexpected, missing);
  throw new InputError(
    `The weights of ${source.path} do not fit the model: ${
      complaints.map(([what, keys]) => `${keys.length} ${what}: ${some(keys)}`)
        .join("; ")
    }${before && `; names with ${before} before them are not accepted`}`,
  );
}

/** The prefix without which names would be the missing ones. */
function prefixOf(
  unexpected: readonly string[],
  missing: readonly string[],
): string {
  for (const name of unexpected.slice(0, 8)) {
    const inside = missing.find((wanted) => name.endsWith(`.${wanted}`));
    if (inside !== undefined) return name.slice(0, -inside.length);
  }
  return "";
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

  readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    const data = this.#get(name, range);
    if (data instanceof Float32Array) return Promise.resolve(data);
    throw new RangeError(`${this.path}: ${name} holds no f32 values`);
  }

  async readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    return f32ToF16(await this.readF32(name, range));
  }

  readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const data = this.#get(name, range);
    return Promise.resolve(new Uint8Array(data.slice().buffer));
  }

  #get(name: string, range?: ElementRange): MemoryTensor["data"] {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new RangeError(`${this.path} has no tensor ${name}`);
    const { data } = tensor;
    if (!range) return data;
    return data.subarray(range.start, range.start + range.count);
  }
}

/** An array with its shape. */
export interface MemoryTensor {
  /** Sizes, the slowest axis first. */
  readonly shape: Shape;
  /** The elements, row-major. */
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}
