import { type Kernel, kernel } from "../gpu/kernel.ts";
import activation from "./lib/activation.wgsl" with { type: "text" };
import bytes from "./lib/codes_bytes.wgsl" with { type: "text" };
import outputs from "./lib/codes_epilogue.wgsl" with { type: "text" };
import codeNibbles from "./lib/codes_nibbles.wgsl" with { type: "text" };
import bits from "./lib/weight_bits.wgsl" with { type: "text" };
import nibbles from "./lib/weight_nibbles.wgsl" with { type: "text" };
import nibblesVec4 from "./lib/weight_nibbles_vec4.wgsl" with { type: "text" };
import threes from "./lib/weight_threes.wgsl" with { type: "text" };
import dot4 from "./matmul_codes_dot4.wgsl" with { type: "text" };
import words from "./matmul_codes_words.wgsl" with { type: "text" };

/** y = the products of codes, made outputs and finished; choose with `codesTilesFor`. */
export type MatmulCodes = Kernel<
  | "x"
  | "w"
  | "token"
  | "token_sums"
  | "outputs"
  | "gate"
  | "residual"
  | "y"
>;

/** How weights lie in memory: `bits` is any number of them, with a constant BITS. */
export type Stored = "nibbles" | "nibblesVec4" | "threes" | "bits";

function form(label: string, ...parts: readonly string[]): MatmulCodes {
  return kernel(label, [...parts].join("\n"), [
    "x",
    "w",
    "token",
    "token_sums",
    "outputs",
    "gate",
    "residual",
    "y",
  ]);
}

const epilogue = `${outputs}\n${activation}`;
const WORDS = "matmul_codes_words";
const DOT4 = "matmul_codes_dot4";

/** Tokens that share a multiplication, codes in nibbles. */
export const nibbleForms: Readonly<
  Record<Exclude<Stored, "bits">, MatmulCodes>
> = {
  nibbles: form(WORDS, words, epilogue, codeNibbles, nibbles),
  nibblesVec4: form(WORDS, words, epilogue, codeNibbles, nibblesVec4),
  threes: form(WORDS, words, epilogue, codeNibbles, threes),
};

/** Tokens that share a multiplication, codes in bytes. */
export const byteForms: Readonly<Record<Stored, MatmulCodes>> = {
  nibbles: form(WORDS, words, epilogue, bytes, nibbles),
  nibblesVec4: form(WORDS, words, epilogue, bytes, nibblesVec4),
  threes: form(WORDS, words, epilogue, bytes, threes),
  bits: form(WORDS, words, epilogue, bytes, bits),
};

/** Products of four bytes at a time. */
export const dot4Forms: Readonly<Record<Stored, MatmulCodes>> = {
  nibbles: form(DOT4, dot4, epilogue, nibbles),
  nibblesVec4: form(DOT4, dot4, epilogue, nibblesVec4),
  threes: form(DOT4, dot4, epilogue, threes),
  bits: form(DOT4, dot4, epilogue, bits),
};
