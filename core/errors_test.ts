import { assertEquals } from "@std/assert";
import { editDistance, hint, nearest } from "./errors.ts";

Deno.test("editDistance() counts insertions, changes and swaps", () => {
  assertEquals(editDistance("promt", "prompt"), 1);
  assertEquals(editDistance("setps", "steps"), 1);
  assertEquals(editDistance("", "abc"), 3);
});

Deno.test("nearest() names the likely flag and stays silent otherwise", () => {
  const flags = ["prompt", "steps", "seed"];
  assertEquals(nearest("promt", flags), "prompt");
  assertEquals(nearest("zzzzzz", flags), undefined);
  assertEquals(hint("stepz", flags), " (did you mean steps?)");
});
