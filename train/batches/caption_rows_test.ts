import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openGpu } from "../../gpu/device.ts";
import { openTokenizer } from "../../infer/pipeline_folder.ts";
import { PromptCache } from "../../infer/prompt_cache.ts";
import { readModelIndex } from "../../io/model_index.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { CaptionRows } from "./caption_rows.ts";

const MODEL = "tests/fixtures/pipelines/wan-tiny";

Deno.test("CaptionRows encodes a caption once, and takes it from the disk afterwards", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    const prompts = await openTokenizer(await readModelIndex(MODEL));
    const encode = async (captions: string[], cache?: PromptCache) => {
      const encoder = {
        prompts,
        folder: join(MODEL, "text_encoder"),
        weights: "f32",
        cache,
      } as const;
      const missing: number[] = [];
      const rows = await CaptionRows.encode(
        gpu,
        encoder,
        captions,
        (done, all) => done === 0 && missing.push(all),
      );
      return { rows, missing };
    };
    const plain = await encode(["a fox", "a bear", "a fox"]);
    assertEquals(plain.missing, [3]); // the empty one as well
    const expected = await plain.rows.batch(["a bear", "", "a fox"]);
    assertEquals(expected.length, 3 * 512 * 24);
    const cache = new PromptCache(folder, Infinity);
    assertEquals((await encode(["a fox"], cache)).missing, [2]);
    assertEquals((await encode(["a bear", "a fox"], cache)).missing, [1]);
    const known = await encode(["a fox", "a bear"], cache);
    assertEquals(known.missing, []);
    const rows = await known.rows.batch(["a bear", "", "a fox"]);
    assertEquals(rows.map(Math.fround), expected);
    const long = ["fox ".repeat(600), "fox ".repeat(700)]; // the same once cut
    const cut = await (await encode(long)).rows.batch(long);
    const half = cut.length / 2;
    assertEquals(cut.subarray(0, half), cut.subarray(half));
  }));
