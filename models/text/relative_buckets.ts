/**
 * T5's bidirectional buckets of relative position for a row of `length`
 * tokens: [length, length], query by key. Half of the buckets are for keys
 * behind the query, half for those ahead; near ones exact, far ones by log.
 */
export function relativeBuckets(
  length: number,
  buckets: number,
  maxDistance: number,
): Uint32Array<ArrayBuffer> {
  const half = buckets / 2;
  const exact = half / 2;
  const table = new Uint32Array(length * length);
  for (let query = 0; query < length; query++) {
    for (let key = 0; key < length; key++) {
      const distance = Math.abs(key - query);
      const far = exact + Math.floor(
        Math.log(Math.max(distance, 1) / exact) /
          Math.log(maxDistance / exact) * (half - exact),
      );
      table[query * length + key] = (key > query ? half : 0) +
        (distance < exact ? distance : Math.min(half - 1, far));
    }
  }
  return table;
}
