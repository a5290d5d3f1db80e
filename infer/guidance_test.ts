import { assertEquals } from "@std/assert";
import { assertClose } from "../tests/assert_close.ts";
import { guidanceAt, guidanceCoefficients, guide } from "./guidance.ts";

Deno.test("guide() moves from the unconditional output through the conditional", () => {
  const cond = new Float32Array([1, -2, 0.5]);
  const uncond = new Float32Array([0.25, 4, 0.5]);
  assertEquals(guide(cond, uncond, 1), cond);
  assertEquals(guide(cond, uncond, 0), uncond);
  assertClose(guide(cond, uncond, 5), [4, -26, 0.5], { abs: 1e-6 });
});

Deno.test("guidanceCoefficients() weigh [conditional, unconditional], sum 1", () => {
  assertEquals(guidanceCoefficients(5), [5, -4]);
});

Deno.test("guidanceAt() follows CogVideoX's dynamic rule to the last bits of its huge angle", () => {
  // 1 + 6 (1 - cos(pi ((N - t) / N)^5)) / 2, computed by Python.
  const recorded: [N: number, t: number, g: number][] = [
    [50, 999, 2.291487174551452],
    [50, 979, 2.5435028667646318],
    [50, 499, 1.5212656935026643],
    [50, 19, 1.123397939968981],
    [5, 999, 6.8170294778420635],
    [5, 799, 2.999016771752577],
    [5, 199, 1.760168791824484],
    [4, 249, 1.0102866299659499],
  ];
  for (const [N, t, g] of recorded) {
    assertClose(
      [guidanceAt("dynamic", 6, t, N)],
      [g],
      { abs: 1e-9 },
      `${N} ${t}`,
    );
  }
  assertEquals(guidanceAt("constant", 6, 999, 50), 6);
  assertEquals(guidanceAt("dynamic", 1, 999, 50), 1); // without guidance
});
