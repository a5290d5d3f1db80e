import { type Counter, type Key, philox } from "./philox.ts";

export { type Counter, type Key, philox };

const STEP = 2 ** -24; // what f32 holds exactly, so that shaders agree

/** Fills `out` with numbers in [0, 1), multiples of 2^-24, a word each. */
export function uniform(
  key: Key,
  counter: Counter,
  out: Float32Array,
): Float32Array {
  const words = philox(key, counter, new Uint32Array(out.length));
  for (let i = 0; i < out.length; i++) out[i] = (words[i]! >>> 8) * STEP;
  return out;
}

/**
 * Fills `out` with standard normals, two from each pair of words (Box-Muller,
 * the radius from the first), computed in f64 and rounded to f32.
 */
export function normal(
  key: Key,
  counter: Counter,
  out: Float32Array,
): Float32Array {
  const even = out.length + out.length % 2;
  const words = philox(key, counter, new Uint32Array(even));
  for (let i = 0; i < even; i += 2) {
    const u = ((words[i]! >>> 8) + 1) * STEP; // in (0, 1]: log(0) never happens
    const angle = 2 * Math.PI * ((words[i + 1]! >>> 8) * STEP);
    const r = Math.sqrt(-2 * Math.log(u));
    out[i] = r * Math.cos(angle);
    out[i + 1] = r * Math.sin(angle); // past the end: does nothing
  }
  return out;
}

/**
 * Random numbers of one purpose at one index (a step, a clip): made anew from
 * (seed, purpose, index), it draws the same numbers, so a resumed run needs no
 * saved state. A 32-bit hash of its name identifies a purpose.
 *
 * @example
 * ```ts
 * import { Stream } from "@qvgen/qvgen/autograd";
 *
 * const step = 7;
 * const noise = new Stream(42, "noise", step).normals(16);
 * const again = new Stream(42, "noise", step).normals(16);
 * console.assert(noise.every((value, i) => value === again[i]));
 * ```
 */
export class Stream {
  /** The seed as a Philox key, for kernels that fill what `reserve` gave. */
  readonly key: Key;
  readonly #tail: readonly [number, number, number];
  readonly #words = new Uint32Array(4);
  #used = 4;
  #block = 0;

  /** Seed and index are whole numbers from 0 to 2^53 - 1, else RangeError. */
  constructor(seed: number, purpose: string, index = 0) {
    this.key = split(seed, "Seed");
    const [low, high] = split(index, "Index");
    this.#tail = [high, low, hash(purpose)];
  }

  /** Reserves `count` words, in whole blocks; returns the index of the first. */
  reserve(count: number): Counter {
    const start = this.#block;
    this.#block += Math.ceil(count / 4);
    this.#used = 4;
    return [start, ...this.#tail];
  }

  /** One number in [0, 1), a multiple of 2^-24. */
  uniform(): number {
    return (this.#word() >>> 8) * STEP;
  }

  /** `count` numbers in [0, 1). */
  uniforms(count: number): Float32Array<ArrayBuffer> {
    const out = new Float32Array(count);
    uniform(this.key, this.reserve(count), out);
    return out;
  }

  /** `count` standard normals. */
  normals(count: number): Float32Array<ArrayBuffer> {
    const out = new Float32Array(count);
    normal(this.key, this.reserve(count), out);
    return out;
  }

  /** A whole number from 0 to below `range` (at most 2^32), without bias. */
  integer(range: number): number {
    if (!Number.isInteger(range) || range < 1 || range > 2 ** 32) {
      throw new RangeError(`Range ${range} is no integer from 1 to 2^32`);
    }
    const limit = 2 ** 32 - 2 ** 32 % range;
    let word = this.#word();
    while (word >= limit) word = this.#word();
    return word % range;
  }

  /** The items in random order, as a new array. */
  shuffled<T>(items: Iterable<T>): T[] {
    const mixed = [...items];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
    }
    return mixed;
  }

  #word(): number {
    if (this.#used === 4) {
      philox(this.key, this.reserve(4), this.#words);
      this.#used = 0;
    }
    return this.#words[this.#used++]!;
  }
}

/** The low and the high word of a whole number. */
function split(value: number, what: string): Key {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} ${value} is no integer from 0 to 2^53 - 1`);
  }
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}

/** FNV-1a over UTF-8. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    h = Math.imul(h ^ byte, 0x01000193);
  }
  return h >>> 0;
}
