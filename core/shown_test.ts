import { assertEquals } from "@std/assert";
import { cut, shown, some } from "./shown.ts";

Deno.test("shown() is short whatever a file holds", () => {
  assertEquals(shown("a\nb"), '"a\\nb"');
  assertEquals(shown(undefined), "nothing");
  assertEquals(shown([1, [2], { a: 1 }]), "[1,[…],{…}]");
  const loop: unknown[] = [];
  loop.push(loop, { loop });
  for (const value of ["x".repeat(9999), Array(9999).fill("x"), loop, 1e308]) {
    const text = shown(value);
    if (text.length > 90) throw new Error(`${text.length} characters`);
  }
});

Deno.test("some() names a few and counts the rest", () => {
  assertEquals(some(["a", "b"]), "a, b");
  assertEquals(some(["a", "b", "c"], 2), "a, b and 1 more");
  assertEquals(cut("abcdef", 3), "abc…");
});
