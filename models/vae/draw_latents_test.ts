import { assertThrows } from "@std/assert";
import { assertClose } from "../../tests/check.ts";
import type { HostClip } from "./clip.ts";
import { drawLatents } from "./draw_latents.ts";

const model = { mean: [1], scale: [2] };
const moments: HostClip = {
  shape: [2, 1, 1, 2],
  data: Float32Array.of(3, 1, Math.log(4), 50),
};
const noise = Float32Array.of(0.5, 1);

Deno.test("drawLatents() scales what was drawn, with the log-variance bounded", () => {
  const { data } = drawLatents(model, moments, noise, "draw then scale");
  assertClose(data, [(3 + 2 * 0.5 - 1) * 2, 2 * Math.exp(10)], 1e-6);
});

Deno.test("drawLatents() scales the moments first where QVGen does", () => {
  const { data } = drawLatents(model, moments, noise, "scale then draw");
  const deviation = Math.exp((Math.log(4) - 1) * 2 / 2);
  assertClose(data, [4 + deviation * 0.5, Math.exp(10)], 1e-6);
});

Deno.test("drawLatents() asks for noise of its own size", () => {
  assertThrows(
    () => drawLatents(model, moments, noise.subarray(1), "draw then scale"),
    RangeError,
    "Cannot draw latents [1,1,1,2] from 1 values of noise",
  );
});
