import { bf16ToF32, f16ToF32 } from "../core/half.ts";
import type { Dtype } from "./safetensors_header.ts";

/**
 * Little-endian elements of any dtype as f32: f16, bf16, booleans and integers of
 * up to 16 bits exactly, wider types rounded to the nearest f32.
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
  }
}
