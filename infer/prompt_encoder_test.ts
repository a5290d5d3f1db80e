import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openGpu } from "../gpu/device.ts";
import { partFolder, readModelIndex } from "../io/model_index.ts";
import { assertClose } from "../tests/assert_close.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import {
  writeTinyCogVideoX,
  writeTinyPipeline,
} from "../tests/tiny_pipeline.ts";
import { LoadedTextEncoder, TEXT_WEIGHTS } from "./loaded_text_encoder.ts";
import { openTokenizer } from "./pipeline_folder.ts";
import { PromptCache } from "./prompt_cache.ts";
import { PromptEncoder, type PromptEncoderParts } from "./prompt_encoder.ts";

const TEXTS = ["a red ring", "a blue square moving up"];

async function partsOf(folder: string): Promise<PromptEncoderParts> {
  const index = await readModelIndex(folder);
  return {
    prompts: await openTokenizer(index),
    folder: await partFolder(index, "text_encoder"),
  };
}

Deno.test("Wan's rows past a prompt are zero, CogVideoX's are those of its padding", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    const last = async (write: (folder: string) => Promise<void>) => {
      const own = join(folder, write.name);
      await write(own);
      const parts = await partsOf(own);
      const [rows] = await new PromptEncoder(gpu, parts).encode(TEXTS);
      assertEquals(rows!.length, 12 * 36);
      return rows!.subarray(11 * 36);
    };
    assert((await last(writeTinyPipeline)).every((x) => x === 0));
    assert((await last(writeTinyCogVideoX)).every((x) => x !== 0));
  }));

Deno.test("Rows are kept on disk, and the encoder is neither read again nor left on the GPU", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const parts = await partsOf(folder);
    const cache = new PromptCache(join(folder, "cache"));
    using gpu = await openGpu();
    const before = gpu.pool.bytes.pinned;
    const made = await new PromptEncoder(gpu, { ...parts, cache })
      .encode(TEXTS);
    assertEquals(gpu.pool.bytes.pinned, before);

    const weights = join(parts.folder, "model.safetensors");
    const { mtime } = await Deno.stat(weights);
    const bytes = await Deno.readFile(weights);
    await Deno.writeFile(weights, bytes.map(() => 0)); // would no longer load
    await Deno.utime(weights, mtime!, mtime!);
    const again = new PromptEncoder(gpu, { ...parts, cache });
    assertEquals(await again.encode(TEXTS.toReversed()), made.toReversed());

    await Deno.writeFile(weights, bytes); // another time: another encoder
    const files = () => [...Deno.readDirSync(cache.folder)].length;
    assertEquals(files(), 2);
    await again.encode(["a red ring"]);
    assertEquals(files(), 3);
    assertEquals(
      [...Deno.readDirSync(cache.folder)].some(({ name }) =>
        name.includes("ring")
      ),
      false,
    );
  }));

Deno.test("Prepared rows need the encoder no more", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    using gpu = await openGpu();
    const encoder = new PromptEncoder(gpu, await partsOf(folder));
    await encoder.prepare(TEXTS);
    await Deno.remove(join(folder, "text_encoder"), { recursive: true });
    assertEquals((await encoder.encode(TEXTS)).length, 2);
  }));

Deno.test("An encoder's weights may be held in 16, 8 or 4 bits", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const { folder: from } = await partsOf(folder);
    using gpu = await openGpu();
    let exact: Float32Array | undefined;
    const limits = { f32: 0, f16: 2e-3, w8: 2e-2, w4: 0.3 };
    for (const weights of TEXT_WEIGHTS) {
      using encoder = await LoadedTextEncoder.open(gpu, from, weights);
      const { data } = await encoder.encode([[5, 9, 1]], 4, "zero");
      exact ??= data;
      assertClose(data, exact, { relToMax: limits[weights] }, weights);
      const differs = data.some((x, i) => x !== exact![i]);
      assertEquals(differs, weights !== "f32");
    }
  }));
