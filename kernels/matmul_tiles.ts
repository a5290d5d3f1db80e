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
 * On a CPU a subgroup is a vector register, and broadcasts are four times as
 * fast as workgroup memory; real GPUs stage through workgroup memory.
 */
export function tileFor(
  m: number,
  half: boolean,
  { software, subgroupSize }: Traits,
): Tile {
  const few = m <= 8;
  if (!software || subgroupSize === 0) {
    const [TM, TN] = few ? [1, 4] : [8, 8];
    return {
      kernel: matmulTiled,
      constants: { TM, TN, HALF: half },
      rows: 8 * TM,
      columns: 8 * TN,
    };
  }
  const TM = few ? 8 : 32;
  return {
    kernel: matmulSubgroup,
    constants: { LANES: subgroupSize, TM, HALF: half, QUADS: half ? 2 : 1 },
    rows: TM,
    columns: 4 * subgroupSize,
  };
}
