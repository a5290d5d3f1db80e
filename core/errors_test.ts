import { assertEquals } from "@std/assert";
import { editDistance, hint, nearest, reasonOf } from "./errors.ts";

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

Deno.test("reasonOf() says what an error says, and in other words what Deno does of the system's folders", () => {
  assertEquals(reasonOf(new Error("File too large")), "File too large");
  assertEquals(reasonOf("a text"), "a text");
  assertEquals(
    reasonOf(new Error("File name too long (os error 36): lstat '/a b/c'")),
    "File name too long (os error 36)",
  );
  assertEquals(
    reasonOf(new Error("Read-only file system (os error 30): tmpfile")),
    "Read-only file system (os error 30)",
  );
  assertEquals(
    reasonOf(new Error('Requires all access to "/proc", run again with ...')),
    "Deno keeps programs out of the system's own folders",
  );
});
