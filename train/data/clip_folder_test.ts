import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { findProgram } from "../../io/video/ffmpeg.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { ClipFolder } from "./clip_folder.ts";

const VIDEOS = "tests/fixtures/video";
const SHAPE = { frames: 9, height: 32, width: 48, fps: 8 };
const ignore = await findProgram("ffprobe") === undefined;

Deno.test({
  name: "ClipFolder takes every clip once a pass, in an order of the seed",
  ignore,
  async fn() {
    const open = (seed: number) =>
      ClipFolder.open(join(VIDEOS, "dataset"), SHAPE, { seed });
    const order = async (folder: ClipFolder, count = 16) => {
      const captions = [];
      for (let i = 0; i < count; i++) {
        captions.push((await folder.clip(i)).caption);
      }
      return captions;
    };
    const folder = await open(3);
    assertEquals(folder.captions.length, 2);
    assertEquals(folder.placesOf(folder.captions[1]!), ["prompts.txt line 2"]);
    assertEquals(folder.notes, []);
    const captions = await order(folder);
    for (let pass = 0; pass < 8; pass++) {
      assert(captions[2 * pass] !== captions[2 * pass + 1]);
    }
    assert(captions.some((caption, i) => caption !== captions[i % 2]));
    const other = await order(await open(4));
    assert(other.some((caption, i) => caption !== captions[i]));
    const again = await open(3);
    assertEquals((await again.clip(11)).caption, captions[11]);
  },
});

Deno.test({
  name: "ClipFolder decodes to the model's shape and keeps what fits in memory",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      for (const name of ["a.mp4", "b.mp4"]) {
        const path = join(folder, name);
        await Deno.copyFile(join(VIDEOS, "bunny_a.mp4"), path);
        await Deno.writeTextFile(path.replace("mp4", "txt"), `clip ${name}`);
      }
      const bytes = 3 * 9 * 32 * 48;
      const options = { cacheBytes: bytes };
      const clips = await ClipFolder.open(folder, SHAPE, options);
      const first = await clips.load(0);
      assertEquals(first.length, bytes);
      assert(first.every((value) => value >= -1 && value <= 1));
      assert(Math.max(...first) > 0.5 && Math.min(...first) < -0.5);
      await Deno.remove(join(folder, "a.mp4"));
      assertEquals(await clips.load(0), first);
      assertEquals(await clips.load(1), first);
      await assertRejects(() => clips.load(0), InputError, "does not exist");
    }),
});

Deno.test({
  name: "ClipFolder gives single clips frame by frame, known by their bytes",
  ignore,
  async fn() {
    const folder = join(VIDEOS, "dataset");
    const clips = await ClipFolder.open(folder, SHAPE);
    const whole = await clips.load(1);
    const read = await clips.open(1);
    assertEquals(read(0, 9), whole);
    const pixels = 32 * 48;
    const red = whole.subarray(4 * pixels, 6 * pixels);
    assertEquals(read(4, 2).subarray(0, 2 * pixels), red);
    const own = JSON.stringify(await clips.identityOf(1));
    const longer = await ClipFolder.open(folder, { ...SHAPE, frames: 10 });
    for (const other of [clips.identityOf(0), longer.identityOf(1)]) {
      assert(JSON.stringify(await other) !== own);
    }
  },
});

Deno.test({
  name: "ClipFolder.open() names all files that do not fit",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const short = join(Deno.cwd(), VIDEOS, "bunny_d.gif");
      const good = join(Deno.cwd(), VIDEOS, "bunny_a.mp4");
      const text = join(folder, "text.mp4");
      await Deno.writeTextFile(text, "no video");
      const rows = [good, short, text, "gone.mp4", "lost.mp4"]
        .map((path) => `${path},x`);
      await Deno.writeTextFile(
        join(folder, "clips.csv"),
        ["path,text", ...rows].join("\n"),
      );
      const faults = [
        `${short} is too short: it gives 8 frames at 8 a second, 9 are needed`,
        `${text} is no video that ffprobe reads`,
        `${join(folder, "gone.mp4")} does not exist`,
        `${join(folder, "lost.mp4")} does not exist`,
      ];
      const error: unknown = await ClipFolder.open(folder, SHAPE)
        .catch((error) => error);
      assert(error instanceof InputError);
      for (const fault of [`the clips of ${folder}: `, ...faults]) {
        assert(error.message.includes(fault), error.message);
      }
      assert(!error.message.includes(good));
    }),
});
