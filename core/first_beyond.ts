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

/** The index of the first of the bits of f16 that is NaN or infinite; -1 for none. */
export function firstNonFiniteF16(bits: Uint16Array): number {
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i]! & 0x7c00) === 0x7c00) return i;
  }
  return -1;
}
