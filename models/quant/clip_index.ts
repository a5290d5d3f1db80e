/** How many clip pairs a quantised layer has, unless its config says more. */
export const CLIP_GROUPS = 50;

/**
 * Which clip pair serves timestep t, in training and in inference alike: the
 * timesteps are divided evenly, i = floor(t G / trainTimesteps). A fractional t
 * counts as the whole one below it.
 */
export function clipIndex(
  t: number,
  groups: number = CLIP_GROUPS,
  trainTimesteps = 1000,
): number {
  const i = Math.floor(Math.floor(t) * groups / trainTimesteps);
  return Math.min(Math.max(i, 0), groups - 1);
}

/**
 * The authors' rule in training, t mod G with t the batch's first timestep:
 * neighbouring timesteps use different clips.
 */
export function officialTrainIndex(
  t: number,
  groups: number = CLIP_GROUPS,
): number {
  return Math.trunc(t) % groups;
}

/**
 * The authors' rule in inference: each call of a layer counts down from the
 * last clip and stays at 0, whatever the timestep. `call` counts from 0. Not
 * counting at all, their other mode, is the last clip: `call` 0 throughout.
 */
export function officialCallIndex(
  call: number,
  groups: number = CLIP_GROUPS,
): number {
  return Math.max(groups - 1 - call, 0);
}
