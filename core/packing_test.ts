import { assertEquals, assertThrows } from "@std/assert";
import { packCodes, unpackCodes, wordsPerRow } from "./packing.ts";

/** Every code of `bits` in turn, so that each appears at every offset of a word. */
function codesOf(rows: number, inputs: number, bits: number): Uint8Array {
  return Uint8Array.from(
    { length: rows * inputs },
    (_, i) => (i * 5 + Math.floor(i / inputs)) % 2 ** bits,
  );
}

for (const bits of [1, 2, 3, 4, 5, 6, 7, 8]) {
  Deno.test(`codes of ${bits} bits survive packing in rows of any length`, () => {
    for (const inputs of [1, 7, 8, 9, 10, 11, 31, 32, 33, 64, 129]) {
      const layout = { inputs, bits };
      const codes = codesOf(6, inputs, bits);
      const words = packCodes(codes, layout);
      assertEquals(words.length, 6 * Math.ceil(inputs * bits / 32));
      assertEquals(unpackCodes(words, layout), codes);
    }
  });

  Deno.test(`a packed row of ${bits}-bit codes is one little-endian integer`, () => {
    const codes = codesOf(1, 37, bits);
    const words = packCodes(codes, { inputs: 37, bits });
    const integer = codes.reduceRight(
      (sum, code) => sum << BigInt(bits) | BigInt(code),
      0n,
    );
    const packed = words.reduceRight(
      (sum, word) => sum << 32n | BigInt(word),
      0n,
    );
    assertEquals(packed, integer);
  });
}

Deno.test("4-bit codes are the nibbles of a word, the first one lowest", () => {
  const codes = Uint8Array.of(8, 9, 10, 11, 12, 13, 14, 15, 7);
  assertEquals(
    packCodes(codes, { inputs: 9, bits: 4 }),
    Uint32Array.of(0xfedcba98, 7),
  );
});

Deno.test("32 codes of 3 bits fill three words, code 10 lies in two of them", () => {
  const codes = new Uint8Array(32);
  codes[10] = 0b101;
  codes[31] = 0b111;
  assertEquals(
    packCodes(codes, { inputs: 32, bits: 3 }),
    Uint32Array.of(0b01 << 30, 0b1, 0b111 << 29),
  );
  assertEquals(wordsPerRow({ inputs: 32, bits: 3 }), 3);
  assertEquals(wordsPerRow({ inputs: 33, bits: 3 }), 4);
});

Deno.test("codes that do not fit are refused", () => {
  assertThrows(
    () => packCodes(Uint8Array.of(0, 8), { inputs: 2, bits: 3 }),
    RangeError,
    "Cannot pack code 8 of row 0: it needs more than 3 bits",
  );
  assertThrows(
    () => packCodes(new Uint8Array(7), { inputs: 2, bits: 3 }),
    RangeError,
    "Cannot split 7 codes into rows of 2",
  );
  assertThrows(
    () => unpackCodes(new Uint32Array(3), { inputs: 16, bits: 4 }),
    RangeError,
    "Cannot split 3 words into rows of 2",
  );
});
