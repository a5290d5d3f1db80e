import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { type Clip, pictureAt } from "./clip.ts";
import { type ClipStream, collectClip, enlargeStream } from "./clip_stream.ts";
import { findProgram } from "./ffmpeg.ts";
import { enlargeClip } from "./resize.ts";
import { movingSquare } from "./test_clip.ts";
import { writeVideo } from "./write.ts";

const encoders = await findProgram("ffmpeg")
  ? ["ffmpeg", "wasm"] as const
  : ["wasm"] as const;

/** A clip in parts of one frame, then of all others. */
function inParts(clip: Clip): ClipStream {
  const { data: _, ...shape } = clip;
  const frame = pictureAt(clip, 0).data.length;
  return {
    ...shape,
    async *parts() {
      yield { ...shape, frames: 1, data: clip.data.subarray(0, frame) };
      const frames = clip.frames - 1;
      yield { ...shape, frames, data: clip.data.subarray(frame) };
    },
  };
}

Deno.test("a clip that comes in parts is the same clip, enlarged too", async () => {
  const clip = movingSquare({ height: 25 });
  assertEquals(await collectClip(inParts(clip)), clip);
  assertEquals(
    await collectClip(enlargeStream(inParts(clip), 3, true)),
    enlargeClip(clip, 3, true),
  );
});

for (const mp4 of encoders) {
  Deno.test(`writeVideo() writes a clip that comes in parts by ${mp4} as one that is there`, () =>
    inTemporaryFolder(async (folder) => {
      const write = async (clip: Clip | ClipStream) => {
        const path = join(folder, "clip.mp4");
        await writeVideo(path, clip, { mp4 });
        return await Deno.readFile(path);
      };
      const clip = movingSquare();
      assertEquals(await write(inParts(clip)), await write(clip));
    }));

  Deno.test(`writeVideo() by ${mp4} leaves nothing of a clip that breaks off`, () =>
    inTemporaryFolder(async (folder) => {
      const clip = movingSquare();
      const broken: ClipStream = {
        ...inParts(clip),
        async *parts() {
          yield clip;
          throw new Error("The device was lost");
        },
      };
      await assertRejects(
        () => writeVideo(join(folder, "clip.mp4"), broken, { mp4 }),
        Error,
        "The device was lost",
      );
      assert([...Deno.readDirSync(folder)].length === 0);
    }));
}
