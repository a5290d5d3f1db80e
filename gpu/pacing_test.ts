import { assert, assertEquals } from "@std/assert";
import { Pacing } from "./pacing.ts";

Deno.test("parts that are fast together become one", () => {
  const pacing = new Pacing(100, 32);
  assertEquals(pacing.ends, [32, 64, 96, 100]);
  pacing.note([20, 30, 20, 5]);
  assertEquals(pacing.ends, [100]);
});

Deno.test("parts are cut where their time is", () => {
  const pacing = new Pacing(64, 32);
  pacing.note([1600, 10]); // 50 ms each, then hardly anything
  assertEquals(pacing.ends, [4, 8, 12, 16, 20, 24, 28, 32, 64]);
  pacing.note(pacing.ends.map(() => 190));
  assertEquals(pacing.ends.length, 9);
});

Deno.test("a dispatch that is too long alone is a part of its own", () => {
  const pacing = new Pacing(3, 1);
  pacing.note([10, 900, 10]);
  assertEquals(pacing.ends, [1, 2, 3]);
  assertEquals(new Pacing(0).ends, []);
  assert(Pacing.isTooLong([10, 900]));
  assert(!Pacing.isTooLong([]));
});
