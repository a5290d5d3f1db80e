import { spread, traits } from "../gpu/record.ts";
import type { Constants } from "../gpu/specialize.ts";

/** Lanes of a group: one subgroup on a CPU, several on a GPU. */
export function lanes(): number {
  return traits().software ? 8 : 128;
}

/** Groups and constants of a kernel whose lanes walk `count` items in order. */
export interface Stream {
  readonly groups: readonly [number, number];
  readonly constants: Constants;
}

/**
 * Covers `count` items by groups of LANES, each lane taking TURNS items. A CPU
 * wants one subgroup a group on a long contiguous walk (wider groups run one
 * subgroup after the other and defeat the prefetcher), a GPU many wide groups.
 */
export function stream(count: number): Stream {
  const LANES = lanes();
  const TURNS = traits().software ? 64 : 4;
  return {
    groups: spread(count, LANES * TURNS),
    constants: { LANES, TURNS },
  };
}
