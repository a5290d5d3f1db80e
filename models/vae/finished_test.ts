import { assertEquals, assertThrows } from "@std/assert";
import { finished } from "./finished.ts";

const clip = (...values: number[]) => ({
  shape: [values.length, 1, 1, 1] as const,
  data: Float32Array.from(values),
});

Deno.test("frames are cut where the codec cuts them, and never what overflowed", () => {
  assertEquals([...finished(clip(-3, 0.5, 2)).data], [-3, 0.5, 2]);
  assertEquals([...finished(clip(-3, 0.5, 2), true).data], [-1, 0.5, 1]);
  for (const value of [NaN, Infinity, -Infinity, 1e7]) {
    assertThrows(
      () => finished(clip(0, value), true),
      Error,
      `The codec made a frame with the value ${value}`,
    );
  }
});
