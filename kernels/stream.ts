import { spread, traits } from "../gpu/record.ts";
import type { Constants } from "../gpu/specialize.ts";

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
  const { software } = traits();
  const constants = software
    ? { LANES: 8, TURNS: 64 }
    : { LANES: 128, TURNS: 4 };
  return {
    groups: spread(count, constants.LANES * constants.TURNS),
    constants,
  };
}
