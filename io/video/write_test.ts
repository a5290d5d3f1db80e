import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { decodeFrames } from "./decode.ts";
import { findProgram, start } from "./ffmpeg.ts";
import { probeVideo } from "./probe.ts";
import { enlargeClip } from "./resize.ts";
import { psnr } from "./quality.ts";
import { movingSquare } from "./test_clip.ts";
import { writeVideo, writtenSize } from "./write.ts";

const ffprobe = await findProgram("ffprobe");
const ignore = ffprobe === undefined;
const metadata = { prompt: "a red square 赤 = \\ ; '", seed: 7 };

/** The file's comment as ffprobe finds it. */
async function commentOf(path: string): Promise<unknown> {
  const process = start(ffprobe!, [
    ...["-v", "error", "-show_entries", "format_tags", "-of", "json", path],
  ]);
  const text = await new Response(process.stdout).text();
  await process.ended;
  const { tags } = JSON.parse(text).format;
  return JSON.parse(tags.comment ?? tags.COMMENT);
}

const FORMATS = [
  { name: "clip.mp4", codec: "h264", least: 34 },
  { name: "wasm.mp4", codec: "h264", least: 32, mp4: "wasm" as const },
  { name: "clip.webm", codec: "vp9", least: 34 },
  { name: "clip.gif", codec: "gif", least: 30 },
  { name: "clip.apng", codec: "apng", least: Infinity },
];

for (const { name, codec, least, mp4 } of FORMATS) {
  Deno.test(
    { name: `writeVideo() writes ${name} that reads back`, ignore },
    () =>
      inTemporaryFolder(async (folder) => {
        const path = join(folder, "new", name);
        const clip = movingSquare({ height: 25, fps: 12.5 });
        await writeVideo(path, clip, {
          metadata,
          scale: 3,
          ...(mp4 ? { mp4 } : {}),
        });
        const video = codec === "h264" || codec === "vp9";
        const shown = enlargeClip(clip, 3, video);
        const { width, height } = shown;
        const { seconds = 0.48, ...info } = await probeVideo(path);
        assertEquals(seconds, 0.48);
        assertEquals(info, {
          codec,
          width,
          height,
          fps: 12.5,
          frames: 6,
        });
        const back: number[] = [];
        for await (const picture of decodeFrames(path, { width, height })) {
          for (const value of picture) back.push(value);
        }
        const quality = psnr(back, shown.data);
        assert(quality >= least, `${quality} dB`);
        if (codec !== "apng") assertEquals(await commentOf(path), metadata);
        const names = Array.from(Deno.readDirSync(join(folder, "new")));
        assertEquals(names.map((entry) => entry.name), [name]);
      }),
  );
}

Deno.test("writeVideo() without ffmpeg makes the same MP4 again", () =>
  inTemporaryFolder(async (folder) => {
    const files = [];
    for (const name of ["a.mp4", "b.MP4"]) {
      const path = join(folder, name);
      await writeVideo(path, movingSquare(), { mp4: "wasm", metadata });
      files.push(await Deno.readFile(path));
    }
    assertEquals(files[0], files[1]);
  }));

Deno.test({
  name: "writeVideo() says what WebM needs",
  permissions: { read: "inherit", write: "inherit" },
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await assertRejects(
        () => writeVideo(join(folder, "a.webm"), movingSquare()),
        InputError,
        "Writing a .webm file needs ffmpeg, which is not on PATH or may not be run: install it",
      );
      await writeVideo(join(folder, "a.mp4"), movingSquare({ frames: 1 }));
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assertEquals(names, ["a.mp4"]);
    }),
});

Deno.test("writeVideo() refuses what it cannot write, and leaves nothing behind", () =>
  inTemporaryFolder(async (folder) => {
    const clip = movingSquare();
    const refused = (
      name: string,
      options: { scale?: number },
      message: string,
    ) =>
      assertRejects(
        () => writeVideo(join(folder, "x", name), clip, options),
        InputError,
        message,
      );
    await refused("a.mpg", {}, "ends in .mpg (did you mean .mp4?); accepted");
    await refused("clip", {}, "it has no ending; accepted are .mp4, .webm");
    await refused("a.png", { scale: 0 }, "scale must be a positive integer");
    await refused("a.gif", { scale: 999 }, "39960 pixels long, at most 16384");
    await assertRejects(
      () => writeVideo(join(folder, "x", "a.gif"), { ...clip, frames: 7 }),
      InputError,
      "7 frames of 40x24",
    );
    assertEquals(Array.from(Deno.readDirSync(folder)), []);
  }));

Deno.test("writtenSize() tells what writeVideo() makes of a frame's sides", () => {
  const sized = (path: string, height: number, width: number, scale?: number) =>
    writtenSize(path, { frames: 1, height, width, fps: 8 }, scale);
  assertEquals(sized("a.gif", 32, 16), { scale: 8, height: 256, width: 128 });
  assertEquals(sized("a.gif", 9, 11, 1), { scale: 1, height: 9, width: 11 });
  assertEquals(sized("a.mp4", 9, 11, 3), { scale: 3, height: 28, width: 34 });
  assertEquals(sized("a.mp4", 480, 832), { scale: 1, height: 480, width: 832 });
  // The pictures of a contact sheet are smaller.
  assertEquals(sized("a.png", 32, 16), { scale: 4, height: 128, width: 64 });
  const { height, width } = sized("a.png", 490, 833);
  assertEquals([height, width], [163, 277]);
});
