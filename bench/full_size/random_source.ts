import { type Shape, sizeOf } from "../../autograd/tensor.ts";
import type { ElementRange } from "../../core/element_range.ts";
import { f32ToF16 } from "../../core/half.ts";
import type { TensorFacts, TensorSource } from "../../models/weights/load.ts";
import { parameters } from "../../models/module.ts";

/**
 * The weights of a network that has no file: each element follows from the
 * seed, the tensor's name and its place alone, so nothing is stored and any
 * range can be read. Matrices have unit gain, norms are about 1.
 */
export class RandomSource implements TensorSource {
  readonly path = "random weights";
  readonly tensors: ReadonlyMap<string, TensorFacts>;

  /** The plain parameters of `network`. */
  constructor(network: object, readonly seed: number) {
    this.tensors = new Map(
      [...parameters(network)].map(([name, { shape }]) => [name, { shape }]),
    );
  }

  readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { shape } = this.tensors.get(name)!;
    const { start, count } = range ?? { start: 0, count: sizeOf(shape) };
    const values = new Float32Array(count);
    const [center, spread] = distribution(name, shape);
    const key = stringSeed(name, this.seed);
    for (let i = 0; i < count; i++) {
      values[i] = center + spread * uniform(key, start + i);
    }
    return Promise.resolve(values);
  }

  async readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    return f32ToF16(await this.readF32(name, range));
  }

  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    throw new RangeError(`${this.path}: ${name} holds no words`);
  }
}

/** Center and half width of the values of a tensor. */
function distribution(name: string, shape: Shape): [number, number] {
  if (/norm\w*\.weight$/.test(name)) return [1, 0.1];
  if (shape.length < 2) return [0, 0.1];
  return [0, Math.sqrt(3 / sizeOf(shape.slice(1)))];
}

/** In [-1, 1): a counter, mixed by the finaliser of MurmurHash3. */
function uniform(key: number, counter: number): number {
  let h = Math.imul(counter, 0x9e3779b1) ^ key;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) / 2 ** 31;
}

/** FNV-1a of a name, begun with a seed. */
function stringSeed(name: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) {
    h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  }
  return h;
}
