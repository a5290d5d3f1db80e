import { assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { diskFiles } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { type OpenOptions, PipelineSource } from "./pipeline_source.ts";

const PIPELINES = "tests/fixtures/pipelines";
const WAN = join(PIPELINES, "wan-tiny");

/** The Wan folder with further entries in one of its JSON files. */
function withEntries(path: string, entries: object): FileSource {
  const files = diskFiles(WAN);
  return {
    ...files,
    stat: (at) => files.stat(at),
    list: (at) => files.list(at),
    async open(at) {
      const file = await files.open(at);
      if (at !== join(WAN, path)) return file;
      const json = JSON.parse(await Deno.readTextFile(at));
      const text = JSON.stringify({ ...json, ...entries });
      const bytes = new TextEncoder().encode(text);
      file[Symbol.dispose]();
      return {
        size: bytes.length,
        read: (start, length) =>
          Promise.resolve(bytes.slice(start, start + length)),
        [Symbol.dispose]: () => {},
      };
    },
  };
}

Deno.test("a part that is built, but for other pipelines, is refused by its class", async () => {
  const cases: readonly [string, object, string][] = [
    ["text_encoder/config.json", { architectures: ["T5EncoderModel"] }, "UMT5"],
    [
      "scheduler/scheduler_config.json",
      { _class_name: "CogVideoXDDIMScheduler" },
      "UniPCMultistepScheduler or",
    ],
    [
      "model_index.json",
      { transformer_2: ["diffusers", "WanTransformer3DModel"] },
      "with a second transformer",
    ],
    ["model_index.json", { boundary_ratio: 0.9 }, "with a second transformer"],
  ];
  for (const [path, entries, message] of cases) {
    await assertRejects(
      () => PipelineSource.open(withEntries(path, entries)),
      InputError,
      message,
    );
  }
  const transformer = join(PIPELINES, "cogvideox-tiny", "transformer");
  await assertRejects(
    () => PipelineSource.open(WAN, { transformer }),
    InputError,
    'names the class "CogVideoXTransformer3DModel", accepted in a WanPipeline',
  );
  const none = { transformer_2: [null, null], boundary_ratio: null };
  await PipelineSource.open(withEntries("model_index.json", none));
});

Deno.test("options of no meaning are refused, never ignored", async () => {
  const cases: readonly [object, string][] = [
    [{ sampler: "heun" }, 'Sampler: found "heun", accepted is unipc, euler'],
    [{ textWeights: "w5" }, 'Text weights: found "w5", accepted is f32'],
    [{ attention: "int4" }, 'Attention: found "int4", accepted is f32'],
    [{ precision: "f64" }, "Precision: found f64"],
  ];
  for (const [options, message] of cases) {
    await assertRejects(
      () => PipelineSource.open(WAN, options as OpenOptions),
      InputError,
      message,
    );
  }
});
