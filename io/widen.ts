import { bf16ToF32, f16ToF32 } from "../core/half.ts";
import type { Dtype } from "./safetensors_header.ts";

/**
 * Little-endian elements of any dtype as f32: floats and integers of up to 16
 * bits and booleans exactly, wider types rounded to the nearest f32.
 */
export function widen(
  dtype: Dtype,
  buffer: ArrayBuffer,
): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "BF16":
      return bf16ToF32(new Uint16Array(buffer));
    case "F16":
      return f16ToF32(new Uint16Array(buffer));
    case "F64":
      return new Float32Array(new Float64Array(buffer));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case "U64":
      return Float32Array.from(new BigUint64Array(buffer), Number);
    case "I32":
      return new Float32Array(new Int32Array(buffer));
    case "U32":
      return new Float32Array(new Uint32Array(buffer));
    case "I16":
      return new Float32Array(new Int16Array(buffer));
    case "U16":
      return new Float32Array(new Uint16Array(buffer));
    case "I8":
      return new Float32Array(new Int8Array(buffer));
    case "U8":
      return new Float32Array(new Uint8Array(buffer));
    case "BOOL":
      return Float32Array.from(
        new Uint8Array(buffer),
        (b) => b === 0 ? 0 : 1,
      );
    case "F8_E4M3":
      return byTable(buffer, (byte) => fromF8(byte, 3));
    case "F8_E5M2":
      return byTable(buffer, (byte) => fromF8(byte, 2));
    case "F8_E8M0":
      return byTable(buffer, (byte) => byte === 0xff ? NaN : 2 ** (byte - 127));
  }
}

function byTable(
  buffer: ArrayBuffer,
  value: (byte: number) => number,
): Float32Array<ArrayBuffer> {
  const table = Float32Array.from({ length: 256 }, (_, byte) => value(byte));
  const bytes = new Uint8Array(buffer);
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i]!]!;
  return values;
}

/** Eight bits with `fraction` of them behind the point: E4M3 (no infinity) or E5M2. */
function fromF8(byte: number, fraction: 2 | 3): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponents = 2 ** (7 - fraction);
  const exponent = (byte & 0x7f) >> fraction;
  const part = (byte & (2 ** fraction - 1)) / 2 ** fraction;
  const bias = exponents / 2 - 1;
  if (exponent === 0) return sign * part * 2 ** (1 - bias);
  if (fraction === 3 && (byte & 0x7f) === 0x7f) return NaN;
  if (fraction === 2 && exponent === exponents - 1) {
    return part === 0 ? sign * Infinity : NaN;
  }
  return sign * (1 + part) * 2 ** (exponent - bias);
}
