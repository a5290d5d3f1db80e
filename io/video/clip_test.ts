import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import {
  checkClip,
  clipFromPlanar,
  pictureAt,
  planarFromClip,
} from "./clip.ts";
import { movingSquare } from "./test_clip.ts";

Deno.test("clipFromPlanar() rounds to 8 bits, clamps, and turns channels last", () => {
  const shape = { frames: 1, height: 1, width: 2, fps: 8 };
  const clip = clipFromPlanar(
    Float32Array.of(-1, 1, 0, 5, -7, NaN),
    shape,
  );
  assertEquals(clip.data, Uint8Array.of(0, 128, 0, 255, 255, 0));
});

Deno.test("planarFromClip() is undone by clipFromPlanar()", () => {
  const clip = movingSquare();
  assertEquals(clipFromPlanar(planarFromClip(clip), clip), clip);
});

Deno.test("pictureAt() shares the clip's memory", () => {
  const clip = movingSquare({ frames: 2, height: 2, width: 3 });
  pictureAt(clip, 1).data[0] = 7;
  assertEquals(clip.data[18], 7);
});

Deno.test("checkClip() names the size that is wrong", () => {
  const clip = movingSquare();
  const wrong = (change: Partial<typeof clip>, message: string) =>
    assertThrows(
      () => checkClip({ ...clip, ...change }, clip.data),
      InputError,
      message,
    );
  wrong({ frames: 0 }, "frames must be a positive integer, got 0");
  wrong({ width: 1.5 }, "width must be a positive integer, got 1.5");
  wrong({ fps: NaN }, "fps must be above 0 and at most 1000, got NaN");
  wrong({ height: 5 }, "6 frames of 40x5 has 3600 values, got 17280");
});
