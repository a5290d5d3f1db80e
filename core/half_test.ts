import { assertEquals } from "@std/assert";
import { bf16ToF32, f16ToF32, f32ToF16, fromBf16, toBf16 } from "./half.ts";

const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);

const toF16 = (x: number) => f32ToF16(Float32Array.of(x))[0]!;
const narrowBf16 = (values: Float32Array) => Uint16Array.from(values, toBf16);

/** The value of f16 bits by the definition of the format. */
function f16Value(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

Deno.test("every f16 widens to the value that the format defines", () => {
  const wide = f16ToF32(ALL);
  for (let h = 0; h < 65536; h++) {
    if (!Object.is(wide[h]!, f16Value(h))) {
      throw new Error(`f16 ${h.toString(16)}`);
    }
  }
});

Deno.test("every f16 and bf16 that is a number survives widening and narrowing", () => {
  for (
    const [widen, narrow] of [[f16ToF32, f32ToF16], [
      bf16ToF32,
      narrowBf16,
    ]] as const
  ) {
    const wide = widen(ALL);
    const back = narrow(wide);
    for (let h = 0; h < 65536; h++) {
      if (Number.isNaN(wide[h])) {
        if (!Number.isNaN(widen(back.subarray(h, h + 1))[0])) {
          throw new Error(`NaN ${h}`);
        }
      } else if (back[h] !== h) throw new Error(`bits ${h.toString(16)}`);
    }
  }
});

Deno.test("narrowing rounds to the nearest value, ties to the even one", () => {
  for (let h = 0; h < 0x7bff; h++) {
    const [low, high] = [f16Value(h), f16Value(h + 1)];
    const middle = (low + high) / 2; // 12 bits: exact in f32
    const even = h % 2 === 0 ? h : h + 1;
    const above = middle * (1 + 2 ** -20);
    const below = middle * (1 - 2 ** -20);
    if (
      toF16(middle) !== even || toF16(above) !== h + 1 || toF16(below) !== h
    ) {
      throw new Error(`between ${low} and ${high}`);
    }
  }
  assertEquals(toBf16(1 + 2 ** -8), 0x3f80);
  assertEquals(toBf16(1 + 3 * 2 ** -8), 0x3f82);
  assertEquals(toBf16(1 + 2 ** -8 + 2 ** -20), 0x3f81);
});

Deno.test("narrowing treats the ends of the range as IEEE 754 does", () => {
  assertEquals(toF16(65519), 0x7bff);
  assertEquals(toF16(65520), 0x7c00);
  assertEquals(toF16(-Infinity), 0xfc00);
  assertEquals(toF16(2 ** -25), 0);
  assertEquals(toF16(2 ** -25 * 1.001), 1);
  assertEquals(toF16(-0), 0x8000);
  assertEquals(f16Value(toF16(NaN)), NaN);
  assertEquals(toBf16(3.4e38), 0x7f80);
  assertEquals(fromBf16(toBf16(NaN)), NaN);
  assertEquals(fromBf16(0xc000), -2);
});
