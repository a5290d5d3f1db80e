import { assert, assertEquals } from "@std/assert";
import { decode, decodeApng } from "fast-png";
import { join } from "@std/path";
import { Stream } from "../../core/random.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { type Clip, pictureAt } from "./clip.ts";
import { decodeFrames } from "./decode.ts";
import { findProgram } from "./ffmpeg.ts";
import { encodeApng, encodePng } from "./png.ts";
import { movingSquare } from "./test_clip.ts";

function noise(frames: number, height: number, width: number): Clip {
  const random = new Stream(1, "noise");
  const size = 3 * frames * height * width;
  const data = Uint8Array.from({ length: size }, () => random.integer(256));
  return { frames, height, width, fps: 16, data };
}

/** The text of the iTXt chunk of `png`, as the format lays it out. */
function textOf(png: Uint8Array): string {
  const at = png.findIndex((_, i) =>
    String.fromCharCode(...png.subarray(i, i + 4)) === "iTXt"
  );
  const size = new DataView(png.buffer).getUint32(at - 4);
  const text = new TextDecoder().decode(png.subarray(at + 4, at + 4 + size));
  assert(text.startsWith("Comment\0\0\0\0\0"));
  return text.slice("Comment".length + 5);
}

Deno.test("encodePng() loses nothing and keeps its comment", async () => {
  for (const clip of [movingSquare(), noise(1, 1, 1), noise(1, 5, 3)]) {
    const picture = pictureAt(clip, 0);
    const png = await encodePng(picture, "赤 circle");
    const back = decode(png, { checkCrc: true });
    assertEquals([back.height, back.width], [picture.height, picture.width]);
    assertEquals(new Uint8Array(back.data), new Uint8Array(picture.data));
    assertEquals(textOf(png), "赤 circle");
  }
});

Deno.test("encodeApng() loses nothing, however small the clip", async () => {
  for (const clip of [noise(1, 2, 2), noise(4, 1, 1), noise(3, 7, 5)]) {
    const back = decodeApng(await encodeApng(clip, "{}"), { checkCrc: true });
    assertEquals(back.numberOfFrames, clip.frames);
    for (const [f, frame] of back.frames.entries()) {
      assertEquals(
        new Uint8Array(frame.data),
        new Uint8Array(pictureAt(clip, f).data),
      );
    }
  }
});

Deno.test({
  name: "encodeApng() loses nothing where only a part changes, or nothing",
  ignore: await findProgram("ffmpeg") === undefined,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, "part.apng");
      const clip = movingSquare({ frames: 4 });
      const bytes = 3 * clip.height * clip.width;
      clip.data.copyWithin(2 * bytes, bytes, 2 * bytes);
      await Deno.writeFile(path, await encodeApng(clip));
      let f = 0;
      for await (const picture of decodeFrames(path, clip)) {
        assertEquals(picture, new Uint8Array(pictureAt(clip, f++).data));
      }
      assertEquals(f, 4);
    }),
});

Deno.test("encodeApng() keeps the clip's length in milliseconds", async () => {
  const { frames } = decodeApng(await encodeApng({ ...noise(16, 2, 2) }));
  const ms = frames.map((f) => 1000 * f.delayNumber / f.delayDenominator);
  assertEquals(ms.slice(0, 4), [63, 62, 63, 62]);
  assertEquals(ms.reduce((sum, each) => sum + each), 1000);
});
