import { roundHalfEven } from "../core/round.ts";

/** How a weight is rounded. */
export interface Rounding {
  /** Columns of the weight. */
  readonly inputs: number;
  /** Bits of a code. */
  readonly bits: number;
  /** Inputs that share a scale and zero, the last ones of a row maybe fewer; by default all. */
  readonly group?: number | undefined;
}

/** A weight in codes: w = scale (code - zero). */
export interface RoundedWeight {
  /** Unsigned, [outputs, inputs]. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** s, [outputs, groups]. */
  readonly scale: Float32Array<ArrayBuffer>;
  /** z, not rounded, [outputs, groups]. */
  readonly zero: Float32Array<ArrayBuffer>;
}

/** Keeps the division by the scale of equal weights finite, as the authors' quantiser does. */
const LEAST_SCALE = Math.fround(1e-9);

/**
 * The nearest codes of weights [outputs, inputs], row-major, over the range from
 * the least to the greatest weight of each row or group: s = (max - min) / P,
 * z = -min / s, q = clamp(round(w / s + z), 0, P), halves to even (LSQ+ with a
 * min-max range). Every operation is rounded to f32.
 *
 * @example
 * ```ts
 * import { roundToNearest } from "@qvgen/qvgen/quantize";
 *
 * const w = Float32Array.of(-1, 0.1, 0.4, 0.5);
 * const { codes, scale } = roundToNearest(w, { inputs: 4, bits: 4 });
 * console.log(codes, scale); // [0, 11, 14, 15], [0.1]
 * ```
 */
export function roundToNearest(
  w: Float32Array,
  { inputs, bits, group = inputs }: Rounding,
): RoundedWeight {
  const top = 2 ** bits - 1;
  const groups = Math.ceil(inputs / group);
  const outputs = w.length / inputs;
  const codes = new Uint8Array(w.length);
  const scale = new Float32Array(outputs * groups);
  const zero = new Float32Array(outputs * groups);
  for (let g = 0; g < scale.length; g++) {
    const start = Math.floor(g / groups) * inputs + g % groups * group;
    const end = start + Math.min(group, inputs - g % groups * group);
    let [least, most] = [Infinity, -Infinity];
    for (let i = start; i < end; i++) {
      const value = w[i]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const range = Math.fround(most - least);
    const s = Math.max(Math.fround(range / top), LEAST_SCALE);
    const z = Math.fround(-least / s);
    scale[g] = s;
    zero[g] = z;
    for (let i = start; i < end; i++) {
      const code = roundHalfEven(Math.fround(Math.fround(w[i]! / s) + z));
      codes[i] = code < 0 ? 0 : code > top ? top : code;
    }
  }
  return { codes, scale, zero };
}
