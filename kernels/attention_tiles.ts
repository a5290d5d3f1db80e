import type { Traits } from "../gpu/device.ts";
import type { Constants } from "../gpu/specialize.ts";
import {
  type AttentionBackward,
  attentionBackward,
  type AttentionForward,
  attentionForward,
  attentionPlainBackward,
  attentionPlainForward,
} from "./attention.ts";

/** Rows that own the work, rows they walk along, and heads of 4 `quads` columns. */
export interface AttentionSize {
  readonly own: number;
  readonly walked: number;
  readonly quads: number;
}

/** A form of one pass and its tile: how many own rows a workgroup takes. */
export interface AttentionTile<Form> {
  readonly kernel: Form;
  readonly constants: Constants;
  readonly rows: number;
}

/** The tile of the forward pass: `own` are the queries. */
export function forwardTile(
  size: AttentionSize,
  traits: Traits,
): AttentionTile<AttentionForward> {
  const lanes = laneConstants(size, traits);
  if (!lanes) return plain(attentionPlainForward, size);
  const narrow = lanes.DV === 1 && size.own > 32;
  const TM = narrow || size.own >= 1024 ? 32 : 16;
  return {
    kernel: attentionForward,
    constants: { ...lanes, TM },
    rows: TM,
  };
}

/** The tile of either walk of the backward pass. */
export function backwardTile(
  size: AttentionSize,
  traits: Traits,
): AttentionTile<AttentionBackward> {
  const lanes = laneConstants(size, traits);
  if (!lanes) return plain(attentionPlainBackward, size);
  return {
    kernel: attentionBackward,
    constants: { ...lanes, TM: 16 },
    rows: 16,
  };
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
  return { kernel, constants: { QUADS: quads }, rows: 64 };
}
