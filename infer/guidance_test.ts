import { assertEquals } from "@std/assert";
import { assertClose } from "../tests/assert_close.ts";
import { guidanceCoefficients, guide } from "./guidance.ts";

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
