import { fromBf16, toBf16 } from "../../core/half.ts";
import { roundHalfEven } from "../../core/round.ts";

/** How the authors' quantiser computes: in the type that its weights are stored in. */
export type Arithmetic = "f32" | "bf16";

/** A weight [outputs, inputs] with its scale and zero, one a row. */
export interface LatentWeight {
  /** W, row-major. */
  readonly w: Float32Array;
  /** s, [outputs]. */
  readonly scale: Float32Array;
  /** z, [outputs], not rounded. */
  readonly zero: Float32Array;
}

/**
 * The codes [outputs, inputs] of a trained weight, q = clamp(round(w / s + z),
 * 0, 2^bits - 1) with halves to even (LSQ+). Each operation is rounded to
 * `arithmetic`: about 1 code in 40 differs between the two, and those of a
 * bf16 checkpoint were trained and are run in bf16. Computed on the host,
 * since a GPU's division may be off by some units in the last place.
 * Throws RangeError naming the row, counted from `firstRow`, if its scale is 0.
 */
export function officialCodes(
  { w, scale, zero }: LatentWeight,
  bits: number,
  arithmetic: Arithmetic = "f32",
  firstRow = 0,
): Uint8Array<ArrayBuffer> {
  const top = 2 ** bits - 1;
  const inputs = w.length / scale.length;
  const codes = new Uint8Array(w.length);
  const rounded = arithmetic === "bf16" ? roundBf16 : Math.fround;
  for (let n = 0, i = 0; n < scale.length; n++) {
    const s = scale[n]!;
    const z = zero[n]!;
    if (s === 0) throw new RangeError(`the scale of row ${firstRow + n} is 0`);
    for (let k = 0; k < inputs; k++, i++) {
      const u = rounded(rounded(w[i]! / s) + z);
      codes[i] = Math.min(Math.max(roundHalfEven(u), 0), top);
    }
  }
  return codes;
}

/** Rounds to f32 first, then to bf16, as the reference does. */
function roundBf16(x: number): number {
  return fromBf16(toBf16(x));
}
