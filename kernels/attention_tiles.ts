import type { Traits } from "../gpu/traits.ts";
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
  attentionStagedBackward,
  attentionStagedForward,
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
  /** Names it among its rivals, as `subgroup 32`. */
  readonly name: string;
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
  /** Numbers a word of v. */
  readonly vPack: 1 | 2;
  /** Parameters of this form alone. */
  readonly params: Readonly<Record<string, number>>;
}

/**
 * The tiles that may serve the forward pass best, the best guess first, all
 * with operands kept alike: `own` are the queries. GPUs share what they fetch
 * through workgroup memory; the vector registers of a CPU are subgroups. Forms
 * without subgroups keep everything in f32.
 */
export function forwardTiles(
  size: AttentionSize,
  traits: Traits,
  precision: AttentionPrecision = "f32",
): ForwardTile[] {
  const plainly = { apart: false, pack: 1, vPack: 1, params: {} } as const;
  const staged = traits.software
    ? []
    : stagedTiles(attentionStagedForward, size, [4, 8])
      .map((tile) => ({ ...tile, ...plainly }));
  const lanes = laneConstants(size, traits);
  if (!lanes) {
    const form = plain(attentionPlainForward, size);
    return [...staged, { ...form, ...plainly }];
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
  const broadcast = ownRows(TM, size).map((TM) => ({
    name: `subgroup ${TM}`,
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
  } as const));
  return apart ? broadcast : [...staged, ...broadcast];
}

/** Own rows a subgroup, and what may beat it. */
function ownRows(TM: 16 | 32, { own }: AttentionSize): number[] {
  return own > 16 ? [TM, 48 - TM] : [TM];
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

/** The tiles of either walk of the backward pass; `ownKeys` is the one with two results. */
export function backwardTiles(
  size: AttentionSize,
  ownKeys: boolean,
  traits: Traits,
): AttentionTile<AttentionBackward>[] {
  const shared = { OWN_KEYS: ownKeys };
  const staged = traits.software
    ? []
    : stagedTiles(attentionStagedBackward, size, [4], shared);
  const lanes = laneConstants(size, traits);
  if (!lanes) {
    const form = plain(attentionPlainBackward, size);
    return [...staged, {
      ...form,
      constants: { ...form.constants, ...shared },
    }];
  }
  const TM = lanes.DV === 1 && size.own > 32 ? 32 : 16;
  const broadcast = ownRows(TM, size).map((TM) => ({
    name: `subgroup ${TM}`,
    kernel: attentionBackward,
    constants: { ...lanes, TM, ...shared },
    rows: TM,
    step: lanes.LANES * lanes.TN,
    turns: 1 + size.quads,
  }));
  return [...staged, ...broadcast];
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

/** Cuts a walk into the parts that one dispatch of any of the tiles may go. */
export function parts<Form>(
  tiles: readonly AttentionTile<Form>[],
  walked: number,
): { readonly first: number; readonly end: number }[] {
  const most = Math.min(
    ...tiles.map(({ step, turns }) =>
      Math.max(1, Math.floor(MOST_TURNS / turns)) * step
    ),
  );
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
  return {
    name: "plain 64",
    kernel,
    constants: { QUADS: quads },
    rows: 64,
    step: 1,
    turns: 1,
  };
}

/** Tiles of squares of threads, with TM own rows a thread; none for heads too wide. */
function stagedTiles<Form>(
  kernel: Form,
  { quads }: AttentionSize,
  rows: readonly number[],
  constants: Constants = {},
): AttentionTile<Form>[] {
  const WIDE = quads <= 8 ? 8 : 16;
  const HIGH = 128 / WIDE;
  const DV = Math.ceil(quads / WIDE);
  if (DV > 2) return [];
  return rows.filter((TM) => TM * DV * WIDE <= 8 * 2 * 16).map((TM) => ({
    name: `staged ${TM * HIGH}`,
    kernel,
    constants: { WIDE, HIGH, TM, DV, ...constants },
    rows: TM * HIGH,
    step: 4 * WIDE,
    turns: 8 * quads + 12 * WIDE,
  }));
}
