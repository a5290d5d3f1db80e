import { assertRejects } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { streamOf } from "./clip_stream.ts";
import { encodeWithFfmpeg } from "./encode_ffmpeg.ts";
import { findProgram } from "./ffmpeg.ts";
import { movingSquare } from "./test_clip.ts";

const ffmpeg = await findProgram("ffmpeg");
const ignore = ffmpeg === undefined;

for (const format of ["mp4", "webm"] as const) {
  Deno.test({
    name: `encodeWithFfmpeg() says that the disk is full for ${format}`,
    ignore: ignore || Deno.build.os !== "linux", // which has a device for it
    async fn() {
      const clip = streamOf(movingSquare());
      await assertRejects(
        () => encodeWithFfmpeg(ffmpeg!, format, clip, "/dev/full"),
        Error,
        "No space left on device",
      );
    },
  });

  Deno.test({
    name: `encodeWithFfmpeg() refuses ${format} that lacks frames`,
    ignore,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const clip = { ...streamOf(movingSquare()), frames: 7 };
        await assertRejects(
          () => encodeWithFfmpeg(ffmpeg!, format, clip, join(folder, "a")),
          Error,
          `${ffmpeg} wrote 6 of 7 frames that can be read back`,
        );
      }),
  });
}

Deno.test({
  name: "encodeWithFfmpeg() writes every frame, at slow and quick speeds",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      for (const format of ["mp4", "webm"] as const) {
        for (const fps of [0.5, 23.976, 60, 1000]) {
          const clip = streamOf(movingSquare({ frames: 3, fps }));
          await encodeWithFfmpeg(ffmpeg!, format, clip, join(folder, "a"));
        }
      }
    }),
});
