import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { renderedSet } from "./clip_set.ts";
import { proceduralClip } from "./procedural.ts";

const SIZE = { frames: 5, height: 24, width: 32 };

Deno.test("renderedSet() holds the first rendered clips of its seed", async () => {
  const set = renderedSet(7, SIZE, 3);
  assertEquals(set.count, 3);
  const { video, caption } = proceduralClip(7, 2, SIZE);
  assertEquals(set.captionOf(2), caption);
  const read = await set.open(2);
  assertEquals(read(0, 5), video);
  const pixels = 24 * 32;
  const green = read(3, 2).subarray(2 * pixels, 4 * pixels);
  assertEquals(green, video.subarray((5 + 3) * pixels, (5 + 5) * pixels));
});

Deno.test("renderedSet() tells clips of another seed, place or size apart", async () => {
  const of = async (seed: number, clip: number, size = SIZE) =>
    JSON.stringify(await renderedSet(seed, size, 3).identityOf(clip));
  const own = await of(1, 2);
  assertEquals(await of(1, 2), own);
  const others = [of(1, 1), of(2, 2), of(1, 2, { ...SIZE, frames: 4 })];
  for (const other of others) assert(await other !== own);
});

Deno.test("renderedSet() refuses frames too small for its shapes at once", () => {
  assertThrows(
    () => renderedSet(1, { frames: 5, height: 16, width: 48 }),
    InputError,
    "Cannot render clips of 16x48: each side must be at least 24 pixels",
  );
});
