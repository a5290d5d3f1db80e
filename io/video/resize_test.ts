import { assertEquals } from "@std/assert";
import { enlarge, enlargeClip, shrink, viewingScale } from "./resize.ts";
import { movingSquare } from "./test_clip.ts";

const picture = {
  height: 1,
  width: 2,
  data: Uint8Array.of(1, 2, 3, 5, 6, 7),
};

Deno.test("enlarge() goes smoothly from pixel to pixel", () => {
  const row = [1, 2, 3, 2, 3, 4, 4, 5, 6, 5, 6, 7];
  assertEquals(enlarge(picture, 2), {
    height: 2,
    width: 4,
    data: Uint8Array.from([...row, ...row]),
  });
  assertEquals(enlarge(picture, 1), picture);
});

Deno.test("shrink() takes the mean and drops an incomplete edge", () => {
  const wide = { height: 2, width: 3, data: new Uint8Array(18).fill(9) };
  wide.data.set([1, 1, 1]);
  assertEquals(shrink(wide, 2), {
    height: 1,
    width: 1,
    data: Uint8Array.of(7, 7, 7),
  });
});

Deno.test("enlargeClip() evens out odd sides with a copy of the last pixel", () => {
  const clip = movingSquare({ frames: 2, height: 3, width: 5 });
  const even = enlargeClip(clip, 1, true);
  assertEquals([even.height, even.width, even.frames], [4, 6, 2]);
  const pixel = (x: number, y: number) =>
    even.data.slice(3 * (y * 6 + x), 3 * (y * 6 + x) + 3);
  assertEquals(pixel(5, 1), pixel(4, 1));
  assertEquals(pixel(2, 3), pixel(2, 2));
  assertEquals(enlargeClip(even, 1, true), even);
});

Deno.test("viewingScale() enlarges small clips only", () => {
  assertEquals(viewingScale({ height: 32, width: 32 }), 8);
  assertEquals(viewingScale({ height: 60, width: 100 }), 3);
  assertEquals(viewingScale({ height: 480, width: 832 }), 1);
});
