// 16-bit floats: f16 (1-5-10 bits) and bf16 (1-8-7 bits, the upper half of an f32).

const SCRATCH = new Float32Array(1);
const SCRATCH_BITS = new Uint32Array(SCRATCH.buffer);

/** Widens f16 bits to f32 bits; exact, NaN payloads included. */
function widenF16(h: number): number {
  const sign = (h & 0x8000) << 16;
  const exponent = (h >> 10) & 0x1f;
  const fraction = h & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal is fraction * 2^-24: its leading bit becomes the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** Narrows f32 bits to f16 bits, ties to even; what exceeds 65504 becomes infinite. */
function narrowF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more
  if (magnitude >= 0x38800000) {
    return sign | shiftToEven(magnitude - 0x38000000, 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25, half of the least subnormal
  const significand = (magnitude & 0x7fffff) | 0x800000;
  return sign | shiftToEven(significand, 126 - (magnitude >>> 23));
}

/** `bits >> count`, rounded to nearest, ties to even. */
function shiftToEven(bits: number, count: number): number {
  const kept = bits >>> count;
  const rest = bits & ((1 << count) - 1);
  const half = 1 << (count - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** Narrows f32 bits to bf16 bits, ties to even. */
function narrowBf16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // stay NaN
  return ((bits >>> 0) + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The bf16 nearest to `x` rounded to f32, as its 16 bits (ties to even). */
export function toBf16(x: number): number {
  SCRATCH[0] = x;
  return narrowBf16(SCRATCH_BITS[0]!);
}

/** The value of 16 bits read as bf16. */
export function fromBf16(bits: number): number {
  SCRATCH_BITS[0] = bits << 16;
  return SCRATCH[0]!;
}

/** Widens an array of f16 bits to f32, exactly. */
export function f16ToF32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = widenF16(halves[i]!);
  return new Float32Array(bits.buffer);
}

/** Widens an array of bf16 bits to f32, exactly. */
export function bf16ToF32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** Narrows f32 to f16 bits, ties to even; what exceeds 65504 becomes infinite. */
export function f32ToF16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = narrowF16(bits[i]!);
  return halves;
}
