import { assertEquals, assertThrows } from "@std/assert";
import { formatBits, parseBits } from "./bits.ts";
import { InputError } from "./errors.ts";

Deno.test("parseBits() reads one number for both and WxAy in either case", () => {
  assertEquals(parseBits("3"), { weights: 3, activations: 3 });
  assertEquals(parseBits("W4A6"), { weights: 4, activations: 6 });
  assertEquals(parseBits("w4a4"), { weights: 4, activations: 4 });
  assertEquals(formatBits(parseBits("w4a8")), "W4A8");
});

Deno.test("parseBits() names what it found and what it accepts", () => {
  for (const text of ["", "16", "W4", "A4W4", "W4A16", "1", "4.0"]) {
    assertThrows(
      () => parseBits(text),
      InputError,
      `found ${JSON.stringify(text)}, accepted 4, 3 or WxAy`,
    );
  }
});
