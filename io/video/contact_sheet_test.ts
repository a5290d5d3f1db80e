import { assertEquals } from "@std/assert";
import { pictureAt } from "./clip.ts";
import { contactSheet, spread } from "./contact_sheet.ts";
import { movingSquare } from "./test_clip.ts";

Deno.test("spread() keeps the first and the last frame", () => {
  assertEquals(spread(3, 16), [0, 1, 2]);
  assertEquals(spread(81, 5), [0, 20, 40, 60, 80]);
  assertEquals(spread(9, 1), [0]);
});

Deno.test("contactSheet() puts frames in reading order on white", () => {
  const clip = movingSquare({ frames: 4, height: 10, width: 10 });
  const sheet = contactSheet(clip, { scale: 1, gap: 2 });
  assertEquals([sheet.height, sheet.width], [26, 26]);
  const pixel = (x: number, y: number) =>
    sheet.data.slice(3 * (26 * y + x), 3 * (26 * y + x) + 3);
  assertEquals(pixel(0, 0), Uint8Array.of(255, 255, 255));
  assertEquals(pixel(14, 14), pictureAt(clip, 3).data.slice(0, 3));
  assertEquals(pixel(14, 2), pictureAt(clip, 1).data.slice(0, 3));
});

Deno.test("contactSheet() brings pictures to a size that one can look at", () => {
  const small = contactSheet(movingSquare({ frames: 1 }), { gap: 0 });
  assertEquals([small.height, small.width], [96, 160]);
  const clip = movingSquare({ frames: 1, height: 100, width: 700 });
  const large = contactSheet(clip, { gap: 0 });
  assertEquals([large.height, large.width], [33, 233]);
});
