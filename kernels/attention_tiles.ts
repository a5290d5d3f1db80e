import type { Traits } from "../gpu/device.ts";
import type { Constants } from "../gpu/specialize.ts";
import {
  type AttentionBackward,
  attentionBackward,
  type AttentionBias,
  attentionBias,
  type AttentionForward,
  attentionForward,
  attentionPlainBackward,
  attentionPlainBias,
  attentionPlainForward,
} from "./attention.ts";

/** Rows that own the work, rows they walk along, and heads of 4 `quads` columns. */
export interface AttentionSize {
  readonly own: number;
  readonly walked: number;
  readonly quads: number;
}

/** How q, k and v may be kept in the forward pass. */
export const ATTENTION_PRECISIONS = ["f32", "f16", "int8"] as const;

/** One of them. */
export type AttentionPrecision = typeof ATTENTION_PRECISIONS[number];

/** A form of one pass and its tile. */
export interface AttentionTile<Form> {
  readonly kernel: Form;
  readonly constants: Constants;
  /** Own rows a workgroup. */
  readonly rows: number;
  /** Walked rows a step. */
  readonly step: number;
  /** Turns of all loops a step. */
  readonly turns: number;
}

/** The form of the forward pass, and how it wants its operands. */
export interface ForwardTile extends AttentionTile<AttentionForward> {
  /** Whether heads must lie apart, [B, H, L, Dh]. */
  readonly apart: boolean;
  /** Numbers a word of q and k: 1 is f32, 2 f16, 4 int8. */
  readonly pack: 1 | 2 | 4;
  /** The same of v. */
  readonly vPack: 1 | 2;
  /** What the form takes beside the parameters of all forms. */
  readonly params: Readonly<Record<string, number>>;
}

/**
 * The tile of the forward pass: `own` are the queries. Forms without subgroups
 * keep everything in f32.
 */
export function forwardTile(
  size: AttentionSize,
  traits: Traits,
  precision: AttentionPrecision = "f32",
): ForwardTile {
  const lanes = laneConstants(size, traits);
  if (!lanes) {
    const form = plain(attentionPlainForward, size);
    return { ...form, apart: false, pack: 1, vPack: 1, params: {} };
  }
  const pack = ({ f32: 1, f16: 2, int8: 4 } as const)[precision];
  const vPack = pack > 1 && lanes.DV % 2 === 0 ? 2 : 1;
  // Rows far from each other cost a CPU a page each; moving them pays in long walks.
  const apart = pack > 1 ||
    traits.software && size.own >= 512 && size.walked >= 2048;
  const loads = Math.ceil(size.quads / pack);
  const narrow = lanes.DV === 1 && size.own > 32;
  const TM = pack === 1 && (narrow || size.own >= 1024) ? 32 : 16;
  // Packed rows cost fewer loads, so that more keys at a time pay more than queries.
  const TN = pack > 1 && lanes.TN === 2 ? 4 : lanes.TN;
  return {
    kernel: attentionForward,
    constants: {
      ...lanes,
      TM,
      TN,
      PACK: pack,
      V_PACK: vPack,
      APART: apart,
      DOT4: pack === 4 && !traits.software,
    },
    rows: TM,
    step: lanes.LANES * TN,
    turns: 1 + loads,
    apart,
    pack,
    vPack,
    params: { loads, v_loads: Math.ceil(size.quads / vPack) },
  };
}

/** A tile under its name in tuning tables. */
interface Rival {
  readonly name: string;
  readonly constants: Constants;
  readonly rows: number;
}

/** A tile and what may beat it: the same with fewer or more own rows a workgroup. */
export function rivals(
  { constants, rows }: Pick<Rival, "constants" | "rows">,
  own: number,
): Rival[] {
  if (constants["TM"] === undefined) {
    return [{ name: `plain ${rows}`, constants, rows }];
  }
  const other = rows === 16 ? 32 : 16;
  const all = own > 16 ? [rows, other] : [rows];
  return all.map((TM) => ({
    name: `subgroup ${TM}`,
    constants: { ...constants, TM },
    rows: TM,
  }));
}

/** Names a walk for tuning tables; own and walked rows up to a power of two are one. */
export function walkKey(
  walk: string,
  { own, walked, quads }: AttentionSize,
  heads: number,
  biased: boolean,
): string {
  const [a, b] = [own, walked].map((n) => 2 ** Math.ceil(Math.log2(n)));
  const key = `attention ${walk} ${a} x ${b} x ${4 * quads}, ${heads} heads`;
  return biased ? `${key}, biased` : key;
}

/** The tile of either walk of the backward pass; `ownKeys` is the one with two results. */
export function backwardTile(
  size: AttentionSize,
  ownKeys: boolean,
  traits: Traits,
): AttentionTile<AttentionBackward> {
  const lanes = laneConstants(size, traits);
  if (!lanes) {
    const form = plain(attentionPlainBackward, size);
    return { ...form, constants: { ...form.constants, OWN_KEYS: ownKeys } };
  }
  const TM = lanes.DV === 1 && size.own > 32 ? 32 : 16;
  return {
    kernel: attentionBackward,
    constants: { ...lanes, TM, OWN_KEYS: ownKeys },
    rows: TM,
    step: lanes.LANES * lanes.TN,
    turns: 1 + size.quads,
  };
}

/** The form of the gradient of a bias, and the queries and keys a group; 64 values where it has no tile. */
export function biasTile(
  { own, walked }: AttentionSize,
  { subgroupSize: LANES }: Traits,
): {
  readonly kernel: AttentionBias;
  readonly constants: Constants;
  readonly queries: number;
  readonly keys: number;
} {
  if (LANES === 0) {
    return { kernel: attentionPlainBias, constants: {}, queries: 1, keys: 64 };
  }
  const [TM, TN] = [own > 8 ? 16 : 8, LANES < 16 && walked > LANES ? 2 : 1];
  return {
    kernel: attentionBias,
    constants: { LANES, TM, TN },
    queries: TM,
    keys: LANES * TN,
  };
}

// Llvmpipe ends a thread, silently, after about 65,535 turns of all its loops
// together, and a GPU's driver ends what runs for seconds.
const MOST_TURNS = 60_000;

/** Cuts a walk into the parts that one dispatch may go. */
export function parts<Form>(
  { step, turns }: AttentionTile<Form>,
  walked: number,
): { readonly first: number; readonly end: number }[] {
  const most = Math.max(1, Math.floor(MOST_TURNS / turns)) * step;
  return Array.from(
    { length: Math.max(1, Math.ceil(walked / most)) },
    (_, i) => ({ first: i * most, end: Math.min((i + 1) * most, walked) }),
  );
}

/**
 * How lanes share a head, or undefined if subgroups cannot. Larger tiles read
 * the walked rows less often but compile longer, in proportion to DV TM TN:
 * half a second for 32 columns, so wide heads get them in long sequences only.
 */
function laneConstants(
  { own, walked, quads }: AttentionSize,
  { subgroupSize: LANES }: Traits,
): { LANES: number; TN: number; DV: number } | undefined {
  if (LANES === 0 || quads > 4 * LANES) return undefined;
  const DV = Math.ceil(quads / LANES);
  const pays = LANES < 16 && walked > LANES && (DV <= 2 || own >= 512);
  return { LANES, TN: pays ? 2 : 1, DV };
}

function plain<Form>(
  kernel: Form,
  { quads }: AttentionSize,
): AttentionTile<Form> {
  return { kernel, constants: { QUADS: quads }, rows: 64, step: 1, turns: 1 };
}
