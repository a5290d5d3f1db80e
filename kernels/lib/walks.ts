import { spread, traits } from "../../gpu/emit.ts";
import type { Constants } from "../../gpu/specialize.ts";

// How much one workgroup takes. Starting a workgroup costs a software adapter
// more than a short row, so it wants few long walks; a GPU wants as many
// workgroups as it can get.

function choose(software: number, gpu: number): number {
  return traits().software ? software : gpu;
}

/** Rows a workgroup takes, one after the other. */
export function rowsEach(): number {
  return choose(8, 1);
}

/** Neighbouring columns a lane takes where columns are summed. */
export function columnsEach(): number {
  return choose(4, 1);
}

/** Lanes of a group: one subgroup on a CPU, several on a GPU. */
export function lanes(): number {
  return choose(8, 128);
}

/** Groups and constants of a kernel whose lanes walk `count` items in order. */
export interface Stream {
  readonly groups: readonly [number, number];
  readonly constants: Constants;
}

/**
 * Covers `count` items by groups of LANES, each lane taking TURNS items. A CPU
 * wants one subgroup a group on a long contiguous walk: wider groups run one
 * subgroup after the other and defeat the prefetcher.
 */
export function stream(count: number): Stream {
  const LANES = lanes();
  const TURNS = choose(64, 4);
  return {
    groups: spread(count, LANES * TURNS),
    constants: { LANES, TURNS },
  };
}

/** Rows that one group of `column_sums` adds up; more are summed in steps. */
export function columnSums() {
  return { chunk: choose(512, 128), constants: { LANES: choose(8, 32) } };
}

/** The update of `count` parameters: groups whose lanes take `walk` vectors each. */
export function update(count: number) {
  const { software, subgroupSize } = traits();
  const LANES = software && subgroupSize ? subgroupSize : 64;
  const walk = choose(512, 4);
  return {
    groups: spread(count / 4, LANES * walk),
    walk,
    constants: { LANES },
  };
}
