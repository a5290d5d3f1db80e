import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { TextToVideo } from "../infer/text_to_video.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { Preview } from "./preview.ts";

/** As much of a pipeline as a preview takes: one grey frame. */
const PIPELINE = {
  parts: {
    transformer: { patch: [1, 1, 1] },
    codec: {
      firstFrames: 1,
      latentShape: () => [3, 1, 8, 8],
      async *decode() {
        yield { shape: [3, 1, 8, 8], data: new Float32Array(192) };
      },
    },
  },
} as unknown as TextToVideo;

Deno.test("A preview that cannot be written is said once, and the clip goes on", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "new", "now.png");
    const told: string[] = [];
    const size = { frames: 1, height: 8, width: 8 };
    const settings = { size, fps: 8, steps: 2, guidance: 1 };
    const preview = new Preview(
      path,
      PIPELINE,
      settings,
      (text) => told.push(text),
    );
    await Deno.writeTextFile(
      join(folder, "new"),
      "a file in the folder's place",
    );
    const step = { done: 1, clean: () => new Float32Array(192) };
    for (let i = 0; i < 2; i++) await preview.onStep(step as never);
    assertEquals(told.length, 1);
    assertEquals(told[0]!.endsWith("the clip goes on without a preview"), true);
  }));
