import { InputError } from "./errors.ts";

/** Bits of a quantised linear layer: WxAy in the paper's notation. */
export interface Bits {
  /** Bits of a weight. */
  readonly weights: number;
  /** Bits of an activation. */
  readonly activations: number;
}

/** What parseBits() accepts, in words. */
export const ACCEPTED_BITS = "4, 3 or WxAy with 2 to 8 bits each (as W4A6)";

/** Reads `4` (both), `W4A6` or `w4a4`; throws InputError for anything else. */
export function parseBits(text: string): Bits {
  const match = /^(?:w([2-8])a([2-8])|([2-8]))$/i.exec(text.trim());
  if (match === null) {
    throw new InputError(
      `Bits: found ${JSON.stringify(text)}, accepted ${ACCEPTED_BITS}`,
    );
  }
  const [, weights, activations, both] = match;
  return {
    weights: Number(weights ?? both),
    activations: Number(activations ?? both),
  };
}

/** `W4A6` for 4-bit weights and 6-bit activations. */
export function formatBits(bits: Bits): string {
  return `W${bits.weights}A${bits.activations}`;
}
