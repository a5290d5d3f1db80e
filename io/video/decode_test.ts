import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { SafetensorsFile } from "../safetensors.ts";
import { decodeClip, decodeFrames } from "./decode.ts";
import { findProgram } from "./ffmpeg.ts";
import { probeVideo } from "./probe.ts";
import { movingSquare } from "./test_clip.ts";
import { writeVideo } from "./write.ts";

const FOLDER = "tests/fixtures/video";
const ignore = await findProgram("ffprobe") === undefined;

for (
  const name of ["bunny_a.mp4", "bunny_b.webm", "bunny_c.y4m", "bunny_d.gif"]
) {
  Deno.test({
    name: `decodeFrames() finds in ${name} what was recorded`,
    ignore,
    async fn() {
      const stem = join(FOLDER, `${name.replace(".", "_")}_frames`);
      const { config, tolerance } = JSON.parse(
        await Deno.readTextFile(`${stem}.json`),
      );
      using file = await SafetensorsFile.open(`${stem}.safetensors`);
      const means = await file.readF32("mean_rgb_per_frame");
      const samples = await file.readF32("rgb_every_8th_pixel");
      const path = join(FOLDER, name);
      const info = await probeVideo(path);
      const { codec, width, height, frames } = config.probe;
      assertEquals({ ...info, fps: 0 }, {
        codec,
        width,
        height,
        fps: 0,
        frames,
      });
      assertEquals(`${info.fps}/1`, config.probe.frame_rate);
      let [f, at] = [0, 0];
      for await (const picture of decodeFrames(path, info)) {
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0;
          for (let i = channel; i < picture.length; i += 3) sum += picture[i]!;
          const off = 3 * sum / picture.length - means[3 * f + channel]!;
          assert(Math.abs(off) <= tolerance.rgb_abs, `frame ${f}: ${off}`);
        }
        if (config.frames_picked.includes(f)) {
          for (let y = 0; y < height; y += 8) {
            for (let x = 0; x < width; x += 8) {
              for (let c = 0; c < 3; c++) {
                const off = picture[3 * (y * width + x) + c]! - samples[at++]!;
                assert(Math.abs(off) <= tolerance.rgb_abs, `${f} ${x} ${y}`);
              }
            }
          }
        }
        f++;
      }
      assertEquals([f, at], [frames, samples.length]);
    },
  });
}

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
