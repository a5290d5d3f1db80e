import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Clip } from "./clip.ts";
import { psnr, ssim } from "./quality.ts";
import { movingSquare } from "./test_clip.ts";

function gray(level: number, side = 16): Clip {
  const size = { frames: 2, height: side, width: side };
  const data = new Uint8Array(3 * 2 * side * side).fill(level);
  return { ...size, fps: 8, data };
}

Deno.test("psnr() is 20 log10(255 / difference), and infinite without one", () => {
  const [a, b] = [gray(100), gray(110)];
  assertAlmostEquals(psnr(a.data, b.data), 20 * Math.log10(25.5), 1e-9);
  assertEquals(psnr(a.data, a.data), Infinity);
});

Deno.test("ssim() of flat clips compares their luma, whatever their size", () => {
  const c1 = (0.01 * 255) ** 2;
  const want = (2 * 100 * 110 + c1) / (100 ** 2 + 110 ** 2 + c1);
  for (const side of [5, 16]) {
    assertAlmostEquals(ssim(gray(100, side), gray(110, side)), want, 1e-5);
  }
});

Deno.test("ssim() is 1 for equal clips, less for noise, least for a negative", () => {
  const clip = movingSquare();
  assertAlmostEquals(ssim(clip, clip), 1, 1e-9);
  const changed = (f: (v: number, i: number) => number) => ({
    ...clip,
    data: clip.data.map(f),
  });
  const noisy = ssim(clip, changed((v, i) => v + 9 * (i * 7 % 3 - 1)));
  const negative = ssim(clip, changed((v) => 255 - v));
  assert(0.9999 > noisy && noisy > negative, `${noisy} ${negative}`);
});
