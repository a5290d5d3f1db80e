import type { Traits } from "../gpu/traits.ts";
import type { Constants } from "../gpu/specialize.ts";
import {
  byteForms,
  dot4Forms,
  type MatmulCodes,
  nibbleForms,
  type Stored,
} from "./matmul_codes.ts";

/** Bits of the codes on both sides of a product. */
export interface Widths {
  readonly weights: number;
  readonly activations: number;
}

/** A product of codes, as far as the choice of its form goes. */
export interface CodesShape extends Widths {
  /** Tokens. */
  readonly m: number;
  /** Outputs. */
  readonly n: number;
  /** u32 words of a row of the weight. */
  readonly words: number;
}

/** A form of the product with the tile that one workgroup covers. */
export interface CodesTile {
  /** Names it among its rivals, as "words 16 x 32". */
  readonly name: string;
  readonly kernel: MatmulCodes;
  readonly constants: Constants;
  readonly rows: number;
  readonly columns: number;
  /** Blocks of 32 products that its sums hold at a time. */
  readonly flush: number;
}

/** Whether tokens are stored as bytes for such a product, else as nibbles. */
export function storesBytes({ weights, activations }: Widths): boolean {
  return activations > 4 || (weights !== 3 && weights !== 4);
}

/**
 * All forms that compute a product of codes of 2 to 8 bits, the best guess
 * first. Few tiles, because each is a pipeline: up to 8 tokens and everything
 * else. On a CPU tokens share multiplications, which is twice as fast as
 * products of bytes put together from shifts; GPUs have those in hardware.
 */
export function codesTilesFor(
  shape: CodesShape,
  { software, subgroupSize }: Traits,
): CodesTile[] {
  const words = subgroupSize > 0 ? wordTiles(shape, subgroupSize) : [];
  const dots = dotTiles(shape, software);
  return software ? [...words, ...dots] : [...dots, ...words];
}

function stored({ weights, words }: CodesShape): [Stored, Constants] {
  if (weights === 3) return ["threes", {}];
  if (weights !== 4) return ["bits", { BITS: weights }];
  return [words % 4 === 0 ? "nibblesVec4" : "nibbles", {}];
}

/** Names the kind of a product of codes for tuning tables; sizes up to a power of two of tokens are one. */
export function codesKey(
  { m, n, words, weights, activations }: CodesShape,
  ends: Constants,
): string {
  const rows = 2 ** Math.ceil(Math.log2(Math.max(m, 8)));
  const after = Object.entries(ends).map(([name, value]) => `${name} ${value}`);
  const sizes =
    `matmul w${weights}a${activations} ${rows} x ${words} words x ${n}`;
  return [sizes, ...after].join(", ");
}

const MANY = 1 << 20; // blocks: more than any row has

function wordTiles(shape: CodesShape, LANES: number): CodesTile[] {
  const [how, bits] = stored(shape);
  const kernel = storesBytes(shape) || how === "bits"
    ? byteForms[how]
    : nibbleForms[how];
  // Sums of n products stay in 16 bits while n 2^(weights + activations - 2)
  // is at most 2^15.
  const room = 12 - shape.weights - shape.activations;
  const TOKENS = room >= 0 ? 2 : 1;
  const tiles = shape.m <= 8 ? [[8 / TOKENS, 4]] : [[8, 4], [16, 4], [8, 8]];
  return tiles.map(([WORDS, TN]) => ({
    name: `words ${TOKENS * WORDS!} x ${LANES * TN!}`,
    kernel,
    constants: { LANES, TOKENS, WORDS: WORDS!, TN: TN!, ...bits },
    rows: TOKENS * WORDS!,
    columns: LANES * TN!,
    flush: TOKENS > 1 ? 2 ** room : MANY,
  }));
}

// Tiles of 64 x 64 that fill a GPU, and that fill half of it: below, slices
// share a tile. Measured on an H100, where the first choice is within 4 % of the best.
const FULL = 1024;
const HALF_FULL = 128;

function dotTiles(shape: CodesShape, software: boolean): CodesTile[] {
  const [how, bits] = stored(shape);
  const BYTES = storesBytes(shape);
  return dotChoices(shape, software).map(([TM, SLICES]) => ({
    name: `dot4 ${8 * TM} x 64${SLICES > 1 ? `, ${SLICES} slices` : ""}`,
    kernel: dot4Forms[how],
    constants: { TM, SLICES, BYTES, ...bits },
    rows: 8 * TM,
    columns: 64,
    flush: MANY,
  }));
}

/** Tokens a thread and slices a tile, the best guess first. */
function dotChoices(
  { m, n }: CodesShape,
  software: boolean,
): (readonly [TM: number, SLICES: number])[] {
  const few = m <= 8;
  if (software) return few ? [[1, 1]] : [[8, 1], [4, 1]];
  if (few) return [[1, 4]];
  const tiles = Math.ceil(m / 64) * Math.ceil(n / 64);
  if (tiles >= FULL) return [[8, 1], [4, 2]];
  return tiles >= HALF_FULL ? [[4, 2], [8, 1], [4, 4]] : [[4, 4], [4, 2]];
}
