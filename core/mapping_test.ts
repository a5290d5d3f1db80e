import { assertEquals } from "@std/assert";
import { camelCase, merge, renameKeys, snakeCase } from "./mapping.ts";

Deno.test("merge() goes into mappings and replaces all else", () => {
  assertEquals(
    merge({ a: 1, b: { c: 2, d: [3] } }, { b: { d: [4] }, e: 5 }),
    { a: 1, b: { c: 2, d: [4] }, e: 5 },
  );
});

Deno.test("camelCase() and snakeCase() undo each other", () => {
  assertEquals(camelCase("checkpoint_every"), "checkpointEvery");
  assertEquals(snakeCase("checkpointEvery"), "checkpoint_every");
  assertEquals(snakeCase("lrLowRank", "-"), "lr-low-rank");
});

Deno.test("renameKeys() renames keys at every depth", () => {
  assertEquals(
    renameKeys({ a_b: { c_d: 1 }, e: [2, { f_g: [3] }] }, camelCase),
    { aB: { cD: 1 }, e: [2, { fG: [3] }] },
  );
});
