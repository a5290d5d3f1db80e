import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { InputError } from "../../core/errors.ts";
import {
  DEFAULT_SIZE,
  proceduralClip,
  renderClip,
  SHAPES,
} from "./procedural.ts";
import { COLOR_RGB, COVERAGE } from "./shapes.ts";

Deno.test("proceduralClip() depends on seed and index alone", () => {
  const clip = proceduralClip(3, 70000);
  assertEquals(proceduralClip(3, 70000), clip);
  assert(proceduralClip(3, 70001).caption !== clip.caption);
  assertEquals(clip.video.length, 3 * 16 * 32 * 32);
  assertEquals(clip.caption, "a white circle moving up on a navy background");
});

Deno.test("proceduralClip() never lets the frame cut a shape", () => {
  const size = { frames: 5, height: 24, width: 40 };
  const channel = size.frames * size.height * size.width;
  for (let index = 0; index < 200; index++) {
    const { video } = proceduralClip(1, index, size);
    const ground = [0, 1, 2].map((c) => video[c * channel]!);
    for (let i = 0; i < video.length; i++) {
      const x = i % size.width;
      const y = Math.floor(i / size.width) % size.height;
      const border = x === 0 || y === 0 || x === size.width - 1 ||
        y === size.height - 1;
      if (border) {
        assertAlmostEquals(video[i]!, ground[Math.floor(i / channel)]!, 0.1);
      }
    }
  }
});

Deno.test("proceduralClip() refuses frames too small for a moving shape", () => {
  assertThrows(
    () => proceduralClip(0, 0, { frames: 4, height: 16, width: 64 }),
    InputError,
    "16x64",
  );
});

Deno.test("renderClip() moves a shape by its travel and shows its colour", () => {
  const { frames, height, width } = DEFAULT_SIZE;
  const video = renderClip(
    { color: "yellow", shape: "square", motion: "down", background: "navy" },
    { x: 0.5, y: 0.5, radius: 0.2, travel: 0.25 },
    DEFAULT_SIZE,
  );
  const plane = height * width;
  const pixel = (f: number, y: number, x: number) =>
    [0, 1, 2].map((c) => video[(c * frames + f) * plane + y * width + x]!);
  const yellow = COLOR_RGB.yellow.map((v) => Math.fround(2 * v - 1));
  assertEquals(pixel(0, 12, 16), yellow);
  assertEquals(pixel(15, 20, 16), yellow);
  assert(pixel(15, 12, 16)[0]! < 0);
});

Deno.test("coverage sums to the area of each shape, wherever its centre is", () => {
  const r = 6;
  const areas = {
    circle: Math.PI * r ** 2,
    square: (2 * 0.88 * r) ** 2,
    triangle: 2 * 0.92 * r ** 2,
    ring: Math.PI * r ** 2 * 0.75,
  };
  for (const shape of SHAPES) {
    for (const shift of [0, 0.3, 0.77]) {
      let sum = 0;
      for (let y = -10; y < 10; y++) {
        for (let x = -10; x < 10; x++) {
          sum += COVERAGE[shape](r, x + shift, y + 0.5 * shift);
        }
      }
      assertAlmostEquals(sum / areas[shape], 1, 0.02);
    }
  }
});
