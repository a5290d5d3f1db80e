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

/** A form of both passes and its tile: how many own rows a workgroup takes. */
export interface AttentionTile {
  readonly forward: AttentionForward;
  readonly backward: AttentionBackward;
  readonly constants: Constants;
  readonly rows: number;
}

/**
 * The tile for `own` rows that walk along `walked` others, heads of 4 `quads`
 * columns. Larger tiles read the walked rows less often, but compile longer:
 * 0.5 s for 16 rows of 32 columns, four times that for 128.
 */
export function attentionTile(
  own: number,
  walked: number,
  quads: number,
  { subgroupSize: LANES }: Traits,
): AttentionTile {
  const DV = LANES && Math.ceil(quads / LANES);
  if (LANES === 0 || DV > 4) {
    return {
      forward: attentionPlainForward,
      backward: attentionPlainBackward,
      constants: { QUADS: quads },
      rows: 64,
    };
  }
  const TM = own >= 1024 || (own > 32 && DV === 1) ? 32 : 16;
  const TN = LANES < 16 && walked > LANES ? 2 : 1;
  return {
    forward: attentionForward,
    backward: attentionBackward,
    constants: { LANES, TM, TN, DV },
    rows: TM,
  };
}
