/**
 * The index of the first value that is NaN or further from 0 than `limit`; -1
 * for none. A loop, not findIndex: it sees every weight of a model.
 */
export function firstBeyond(values: Float32Array, limit: number): number {
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]!) <= limit)) return i;
  }
  return -1;
}
