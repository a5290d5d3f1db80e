import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { checkLength, decodeClip, decodeFrames } from "./decode.ts";
import { findProgram, requireProgram, start } from "./ffmpeg.ts";
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
      seconds: number,
    ) => ({ codec, width, height, fps, frames, seconds });
    assertEquals(
      await probe("bunny_a.mp4"),
      info("h264", 320, 180, 25, 55, 2.2),
    );
    assertEquals(
      await probe("bunny_b.webm"),
      info("vp9", 256, 144, 16, 36, 2.251),
    );
    assertEquals(
      await probe("bunny_c.y4m"),
      info("rawvideo", 64, 36, 8, 10, 1.25),
    );
    assertEquals(await probe("bunny_d.gif"), info("gif", 96, 54, 8, 8, 1.01));
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
        "too short: it gives 10 frames at 8 a second, 12 are needed",
      );
    }),
});

/** Has ffmpeg make a file of its test picture. */
async function make(path: string, ...args: string[]): Promise<void> {
  const ffmpeg = await requireProgram("ffmpeg", "This test");
  const { ended } = start(ffmpeg, [
    ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=60"],
    ...["-t", "3", ...args, path],
  ]);
  const { success, log } = await ended;
  assert(success, log);
}

const TWO_OF_SIX = ["-vf", "select='not(mod(n,6))+eq(n,1)'", "-fps_mode"];
const UNEVEN: Readonly<Record<string, readonly string[]>> = {
  "drops.mp4": [...TWO_OF_SIX, "vfr"],
  "screen.mkv": [...TWO_OF_SIX, "passthrough", "-c:v", "mpeg4"],
  "recorder.webm": [...TWO_OF_SIX, "passthrough", "-c:v", "libvpx"],
  "delays.gif": ["-vf", "select='lt(n,40)+not(mod(n,10))'", "-fps_mode", "vfr"],
  "raw.m2v": [],
  "no_length.apng": ["-r", "20"],
  "stream.flv": ["-r", "25"],
};

for (const [name, args] of Object.entries(UNEVEN)) {
  Deno.test({
    name: `checkLength() counts the frames of ${name} as decoding does`,
    ignore,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const path = join(folder, name);
        await make(path, ...args);
        for (const fps of [8, 16, 25]) {
          let count = 0;
          const size = { height: 8, width: 8, fps };
          for await (const _ of decodeFrames(path, size)) count++;
          assert(count >= 2.8 * fps, `${count} frames at ${fps}`);
          await checkLength(path, { frames: count, fps });
          await assertRejects(
            () => checkLength(path, { frames: count + 1, fps }),
            InputError,
            `it gives ${count} frames at ${fps} a second, ${count + 1} are`,
          );
        }
      }),
  });
}

Deno.test({
  name: "No list of other files is read as a video, whatever it is called",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const video = join(Deno.cwd(), FOLDER, "bunny_a.mp4");
      const lists: Readonly<Record<string, string>> = {
        hls:
          `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:2,\n${video}\n#EXT-X-ENDLIST\n`,
        concat: `ffconcat version 1.0\nfile '${video}'\n`,
      };
      for (const [format, text] of Object.entries(lists)) {
        for (const ending of ["mp4", "mkv", "ts"]) {
          const path = join(folder, `list.${ending}`);
          await Deno.writeTextFile(path, text);
          const message = `${path} is no video that ffprobe reads: `;
          await assertRejects(
            () => checkLength(path, { frames: 1, fps: 8 }),
            InputError,
            `${message}its format is ${format}`,
          );
        }
      }
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
