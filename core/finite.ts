// Loops, not findIndex: these see every weight of a model.

/** The index of the first value that is NaN or infinite; -1 if there is none. */
export function firstNonFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) return i;
  }
  return -1;
}

/** The same of the bits of f16 values. */
export function firstNonFiniteF16(bits: Uint16Array): number {
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i]! & 0x7c00) === 0x7c00) return i;
  }
  return -1;
}
