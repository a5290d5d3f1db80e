import { assertEquals } from "@std/assert";
import { compare } from "./compare.ts";

const used = (got: number[], want: number[], limit = { relToMax: 0.01 }) =>
  compare("x", got, want, limit).used;

Deno.test("compare() measures differences against the largest recorded value", () => {
  const result = compare("x", [1, -9.95, 3], [1, -10, 3], { relToMax: 0.01 });
  assertEquals(result.limit, "rel_to_max 0.01");
  assertEquals(result.maxAbs.toFixed(6), "0.050000");
  assertEquals(result.maxRel.toFixed(6), "0.005000");
  assertEquals(result.used.toFixed(6), "0.500000");
});

Deno.test("compare() lets rounding noise beside recorded zeros pass, and no more", () => {
  assertEquals(used([5e-7, 0], [0, 0]), 0.5);
  assertEquals(used([1e-3, 0], [0, 0]) > 1, true);
});

Deno.test("compare() fails for NaN, for another length, and for any change where exact", () => {
  assertEquals(used([NaN, 1], [1, 1]), Infinity);
  assertEquals(used([1], [1, 1]), Infinity);
  assertEquals(used([1, 1, 1], [1, 1]), Infinity);
  assertEquals(compare("x", [1 + 2 ** -23], [1], {}).used, Infinity);
  assertEquals(compare("x", [1, NaN], [1, NaN], {}).used, 0);
});
