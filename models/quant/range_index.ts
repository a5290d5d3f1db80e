/** How many pairs of learnt ranges a quantised layer has, unless its config says more. */
export const RANGE_COUNT = 50;

/**
 * Which pair of ranges serves timestep t, in training and in inference alike: the
 * timesteps are divided evenly, i = floor(t G / trainTimesteps). A fractional t
 * counts as the whole one below it.
 */
export function rangeIndex(
  t: number,
  count: number = RANGE_COUNT,
  trainTimesteps = 1000,
): number {
  const i = Math.floor(Math.floor(t) * count / trainTimesteps);
  return Math.min(Math.max(i, 0), count - 1);
}

/**
 * The authors' rule in training, t mod G with t the batch's first timestep:
 * neighbouring timesteps use different ranges.
 */
export function officialTrainIndex(
  t: number,
  count: number = RANGE_COUNT,
): number {
  return Math.trunc(t) % count;
}

/**
 * The authors' rule in inference: each call of a layer counts down from the
 * last range and stays at 0, whatever the timestep. `call` counts from 0. Not
 * counting at all, their other mode, is the last range: `call` 0 throughout.
 */
export function officialCallIndex(
  call: number,
  count: number = RANGE_COUNT,
): number {
  return Math.max(count - 1 - call, 0);
}
