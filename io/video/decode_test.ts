import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { decodeClip, decodeFrames } from "./decode.ts";
import { findProgram } from "./ffmpeg.ts";
import { probeVideo } from "./probe.ts";
import { movingSquare } from "./test_clip.ts";
import { writeVideo } from "./write.ts";

const FOLDER = "tests/fixtures/video";
const ignore = await findProgram("ffprobe") === undefined;

Deno.test({
  name: "probeVideo() tells codec, size, speed and length",
  ignore,
  async fn() {
    const probe = (name: string) => probeVideo(join(FOLDER, name));
    const info = (
      codec: string,
      width: number,
      height: number,
      fps: number,
      frames: number,
    ) => ({ codec, width, height, fps, frames });
    assertEquals(await probe("bunny_a.mp4"), info("h264", 320, 180, 25, 55));
    assertEquals(await probe("bunny_b.webm"), info("vp9", 256, 144, 16, 36));
    assertEquals(await probe("bunny_c.y4m"), info("rawvideo", 64, 36, 8, 10));
    assertEquals(await probe("bunny_d.gif"), info("gif", 96, 54, 8, 8));
  },
});

Deno.test({
  name:
    "decodeClip() covers the size asked for, crops the middle, resamples time",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, "wide.apng");
      const clip = movingSquare({ frames: 8, width: 48, fps: 8 });
      await writeVideo(path, clip, { scale: 1 });
      const shape = { frames: 4, height: 24, width: 24, fps: 4 };
      const { data } = await decodeClip(path, shape);
      // Frame f of the result is frame 2 f (or a neighbour) of the file, from x = 12 on.
      const sky = (x: number) => 30 + 12 + x;
      for (let x = 12; x < 24; x++) assertEquals(data[3 * x], sky(x));
      assertEquals(data.length, 3 * 4 * 24 * 24);
    }),
});

Deno.test({
  name: "decodeFrames() may be left before the end",
  ignore,
  async fn() {
    const size = { height: 16, width: 16, fps: 50 };
    for await (
      const picture of decodeFrames(join(FOLDER, "bunny_a.mp4"), size)
    ) {
      assertEquals(picture.length, 768);
      break;
    }
  },
});

Deno.test({
  name: "decodeClip() names a file that is missing, no video, or too short",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const shape = { frames: 12, height: 8, width: 8, fps: 8 };
      const refused = (path: string, message: string) =>
        assertRejects(() => decodeClip(path, shape), InputError, message);
      const text = join(folder, "a.txt");
      await Deno.writeTextFile(text, "\x1b[31mno video\n".repeat(50));
      const broken = join(folder, "b.mp4");
      await Deno.writeTextFile(broken, "no video");
      await refused(join(folder, "none.mp4"), "none.mp4 does not exist");
      await refused(folder, `${folder} is no video but a folder`);
      await refused(text, `${text} is no video`);
      await refused(
        broken,
        `${broken} is no video that ffprobe reads: Invalid`,
      );
      await refused(
        join(FOLDER, "bunny_c.y4m"),
        "its 10 frames at 8 a second give 10 at 8 a second, 12 are needed",
      );
    }),
});

Deno.test({
  name: "decodeClip() says how to get a missing ffmpeg",
  permissions: { read: "inherit" },
  fn: async () => {
    const shape = { frames: 1, height: 8, width: 8, fps: 8 };
    await assertRejects(
      () => decodeClip(join(FOLDER, "bunny_a.mp4"), shape),
      InputError,
      "bunny_a.mp4 needs ffprobe, which is not on PATH or may not be run: install it (Debian: apt install ffmpeg",
    );
  },
});
