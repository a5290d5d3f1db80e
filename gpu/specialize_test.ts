import { assertEquals, assertThrows } from "@std/assert";
import { evaluate, specialize } from "./specialize.ts";

Deno.test("specialize() replaces constants and refuses unknown ones", () => {
  const source = "const TILE = 8u;\nconst FAST: bool = false;\n";
  assertEquals(
    specialize(source, { TILE: 16, FAST: true }),
    "const TILE = 16;\nconst FAST: bool = true;\n",
  );
  assertThrows(() => specialize(source, { M: 1 }), TypeError, "no const M");
});

Deno.test("specialize() writes marked loops out and keeps line numbers", () => {
  const source = `const N = 4u;
const HALF = N / 2u;
fn f() {
  /*unroll*/ for (var i = 0u; i < HALF; i++) { // twice
    a[i] = b[i + N];
  }
  last();
}
`;
  const text = specialize(source, {});
  assertEquals(
    text.includes("{ a[0u] = b[0u + N]; } { a[1u] = b[1u + N]; }"),
    true,
  );
  assertEquals(text.split("\n").indexOf("  last();"), 6);
  assertEquals(specialize(source, { N: 8 }).includes("a[3u]"), true);
});

Deno.test("specialize() unrolls loops in loops", () => {
  const source = `const N = 2u;
/*unroll*/ for (var i = 0u; i < N; i++) { /*unroll*/ for (var j = i; j < N; j += 1u) { c[i][j]; } }
`;
  const calls = specialize(source, {}).match(/c\[\du\]\[\du\]/g);
  assertEquals(calls, ["c[0u][0u]", "c[0u][1u]", "c[1u][1u]"]);
});

Deno.test("evaluate() knows integer arithmetic", () => {
  const env = new Map([["TM", 32], ["L", 8]]);
  assertEquals(evaluate("(TM / L + 3u) * 2u - 1", env), 13);
  assertThrows(() => evaluate("TM + oops", env), TypeError, "no constant");
});
