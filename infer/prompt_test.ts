import { assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { openPipelineFolder, openTokenizer } from "./pipeline_folder.ts";
import { promptIds } from "./prompt.ts";

const WAN = fromFileUrl(
  new URL("../tests/fixtures/pipelines/wan-tiny", import.meta.url),
);

/** The tokenizer of a pipeline, some JSON files of which are changed. */
async function changed(
  folder: string,
  file: string,
  change: (json: Record<string, unknown>) => object,
) {
  for (const part of ["", "tokenizer", "text_encoder"]) {
    await Deno.mkdir(join(folder, part), { recursive: true });
    for await (const { name, isFile } of Deno.readDir(join(WAN, part))) {
      if (!isFile) continue;
      await Deno.copyFile(join(WAN, part, name), join(folder, part, name));
    }
  }
  const path = join(folder, file);
  const json = JSON.parse(await Deno.readTextFile(path));
  await Deno.remove(path); // it may be read-only
  await Deno.writeTextFile(path, JSON.stringify(change(json)));
  return await openTokenizer(await openPipelineFolder(folder));
}

Deno.test("a token beyond the text encoder's table is named", () =>
  inTemporaryFolder(async (folder) => {
    const prompts = await changed(
      folder,
      "tokenizer/tokenizer.json",
      (json) => ({
        ...json,
        added_tokens: [
          ...json["added_tokens"] as object[],
          { id: 211, content: "sks" },
        ],
      }),
    );
    promptIds(prompts, "a cat");
    assertThrows(
      () => promptIds(prompts, "a sks cat"),
      InputError,
      'The prompt has the token "sks" of number 211, but the text encoder has 211 rows',
    );
  }));

Deno.test("a tokenizer's length that is no number of tokens is refused by file and key", () =>
  inTemporaryFolder(async (folder) => {
    for (const model_max_length of ["long", [], {}, true, 0, -5]) {
      await assertRejects(
        () =>
          changed(
            folder,
            "tokenizer/tokenizer_config.json",
            (json) => ({ ...json, model_max_length }),
          ),
        InputError,
        "tokenizer_config.json: model_max_length: found ",
      );
    }
    for (const model_max_length of [null, 1e30, 512]) {
      await changed(
        folder,
        "tokenizer/tokenizer_config.json",
        (json) => ({ ...json, model_max_length }),
      );
    }
  }));
