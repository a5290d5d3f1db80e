import { assertEquals } from "@std/assert";
import { widen } from "./widen.ts";

Deno.test("bytes that are floats are widened exactly, subnormals and specials too", () => {
  const bytes = [0x00, 0x80, 0x01, 0x07, 0x08, 0x38, 0xb9, 0x7e, 0x7f, 0x7c];
  const expected = {
    F8_E4M3: [0, -0, 2 ** -9, 7 * 2 ** -9, 2 ** -6, 1, -1.125, 448, NaN, 384],
    F8_E5M2: [
      ...[0, -0, 2 ** -16, 1.75 * 2 ** -14, 2 ** -13],
      ...[0.5, -0.625, NaN, NaN, Infinity],
    ],
    F8_E8M0: [
      ...[-127, 1, -126, -120, -119, -71, 58, -1, 0, -3].map((e) => 2 ** e),
    ],
  } as const;
  for (const dtype of ["F8_E4M3", "F8_E5M2", "F8_E8M0"] as const) {
    const values = widen(dtype, Uint8Array.from(bytes).buffer);
    assertEquals(values, Float32Array.from(expected[dtype]), dtype);
  }
});
