import type { Traits } from "../gpu/device.ts";
import type { Constants } from "../gpu/specialize.ts";
import { type Matmul, matmulSubgroup, matmulTiled } from "./matmul.ts";

/** A form of the product with its tile: what one workgroup covers. */
export interface Tile {
  readonly kernel: Matmul;
  readonly constants: Constants;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The tile for a product of `m` rows. Few shapes only, because each is a
 * pipeline: up to 8 rows (vectors, conditioning) and everything else.
 * On a CPU a subgroup is a vector register and broadcasts beat workgroup
 * memory sevenfold; real GPUs stage through workgroup memory.
 */
export function tileFor(
  m: number,
  half: boolean,
  { software, subgroupSize }: Traits,
): Tile {
  const few = m <= 8;
  if (!software) return tiled(8, 8, few ? 1 : 8, few ? 4 : 8, half);
  if (subgroupSize === 0) return tiled(8, 1, few ? 8 : 16, 4, half);
  const TM = few ? 8 : 32;
  return {
    kernel: matmulSubgroup,
    constants: {
      LANES: subgroupSize,
      TM,
      TN: 4,
      HALF: half,
      QUADS: half ? 2 : 1,
    },
    rows: TM,
    columns: 4 * subgroupSize,
  };
}

function tiled(
  WIDE: number,
  HIGH: number,
  TM: number,
  TN: number,
  half: boolean,
): Tile {
  return {
    kernel: matmulTiled,
    constants: { WIDE, HIGH, TM, TN, HALF: half },
    rows: HIGH * TM,
    columns: WIDE * TN,
  };
}
