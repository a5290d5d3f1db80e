import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { encodeGif } from "./gif.ts";
import { movingSquare } from "./test_clip.ts";

/** Hundredths of a second that each frame stays. */
function delays(gif: Uint8Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < gif.length - 5; i++) {
    const control = gif[i] === 0x21 && gif[i + 1] === 0xf9 && gif[i + 2] === 4;
    if (control) found.push(gif[i + 4]! + 256 * gif[i + 5]!);
  }
  return found;
}

Deno.test("encodeGif() keeps the clip's length in hundredths of a second", async () => {
  const gif = await encodeGif(movingSquare({ frames: 8, fps: 16 }));
  assertEquals(delays(gif), [6, 7, 6, 6, 6, 7, 6, 6]);
});

Deno.test("encodeGif() writes comments in 7-bit blocks behind the palette", async () => {
  const comment = JSON.stringify({ prompt: "赤".repeat(200) });
  const gif = await encodeGif(movingSquare({ frames: 1 }), comment);
  let at = 13 + 3 * (2 << (gif[10]! & 7));
  assertEquals([gif[at], gif[at + 1]], [0x21, 0xfe]);
  let text = "";
  for (at += 2; gif[at] !== 0; at += gif[at]! + 1) {
    text += String.fromCharCode(...gif.subarray(at + 1, at + 1 + gif[at]!));
  }
  assertEquals(JSON.parse(text), JSON.parse(comment));
});

Deno.test("encodeGif() refuses a speed that viewers do not show", async () => {
  await assertRejects(
    () => encodeGif(movingSquare({ frames: 1, fps: 60 })),
    InputError,
    "at most 50 frames a second, got 60",
  );
});
