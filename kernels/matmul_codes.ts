import type { Traits } from "../gpu/device.ts";
import { type Kernel, kernel } from "../gpu/kernel.ts";
import type { Constants } from "../gpu/specialize.ts";
import epilogue from "./lib/codes_epilogue.wgsl" with { type: "text" };
import nibbles from "./lib/weight_nibbles.wgsl" with { type: "text" };
import nibblesVec4 from "./lib/weight_nibbles_vec4.wgsl" with { type: "text" };
import threes from "./lib/weight_threes.wgsl" with { type: "text" };
import dot4 from "./matmul_codes_dot4.wgsl" with { type: "text" };
import pairs from "./matmul_codes_pairs.wgsl" with { type: "text" };

/** y = the products of codes, made outputs by scales, zeros and bias. */
export type MatmulCodes = Kernel<
  "x" | "w" | "token" | "scale" | "zero" | "row_sums" | "bias" | "y"
>;

type Stored = "nibbles" | "nibblesVec4" | "threes";

const STORED: Record<Stored, string> = { nibbles, nibblesVec4, threes };

function forms(label: string, source: string): Record<Stored, MatmulCodes> {
  const form = (stored: string): MatmulCodes =>
    kernel(label, `${source}\n${epilogue}\n${stored}`, [
      "x",
      "w",
      "token",
      "scale",
      "zero",
      "row_sums",
      "bias",
      "y",
    ]);
  return {
    nibbles: form(STORED.nibbles),
    nibblesVec4: form(STORED.nibblesVec4),
    threes: form(STORED.threes),
  };
}

/** Two tokens share a multiplication, by how weights are stored. */
export const pairForms: Readonly<Record<Stored, MatmulCodes>> = forms(
  "matmul_codes_pairs",
  pairs,
);

/** Products of four bytes at a time, by how weights are stored. */
export const dot4Forms: Readonly<Record<Stored, MatmulCodes>> = forms(
  "matmul_codes_dot4",
  dot4,
);

/** A form of the product with the tile that one workgroup covers. */
export interface CodesTile {
  readonly kernel: MatmulCodes;
  readonly constants: Constants;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The form for `m` tokens of `activationBits` by weights of 3 or 4 bits in rows
 * of `words`. On a CPU two tokens share a multiplication; GPUs have products
 * of four bytes, which also serve more than 4 bits.
 */
export function codesTileFor(
  m: number,
  bits: { readonly weights: number; readonly activations: number },
  words: number,
  { software, subgroupSize }: Traits,
): CodesTile {
  const stored = bits.weights === 3
    ? "threes"
    : words % 4 === 0
    ? "nibblesVec4"
    : "nibbles";
  if (software && subgroupSize > 0 && bits.activations <= 4) {
    const SUBGROUPS = 4;
    return {
      kernel: pairForms[stored],
      constants: { LANES: subgroupSize, SUBGROUPS },
      rows: 2 * subgroupSize,
      columns: 4 * subgroupSize * SUBGROUPS,
    };
  }
  const TM = m <= 8 ? 1 : 8;
  return {
    kernel: dot4Forms[stored],
    constants: { TM, BYTES: bits.activations > 4 },
    rows: 8 * TM,
    columns: 64,
  };
}
