import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { tokenizerFromFiles } from "../models/text/tokenizer_files.ts";
import { wordTokenizerModel } from "../models/text/word_tokenizer.ts";
import {
  openPipelineFolder,
  openTokenizer,
  type PromptTokenizer,
} from "./pipeline_folder.ts";
import { cutWarning, promptIds } from "./prompt.ts";

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

const json = JSON.stringify(wordTokenizerModel(["a", "b", "c"]));
const files = new Map([["tokenizer.json", new TextEncoder().encode(json)]]);
const PROMPTS: PromptTokenizer = {
  tokenizer: tokenizerFromFiles(files, "test"),
  maxTokens: 4,
  padding: "zero",
  clean: (text) => text.trim(),
};

Deno.test("promptIds() cuts what the model does not read, and keeps the end", () => {
  const short = promptIds(PROMPTS, "a b c");
  assertEquals(short.length, 4);
  assertEquals(promptIds(PROMPTS, "a b c a a"), short);
});

Deno.test("cutWarning() names every text that is cut, by its places or its start", () => {
  const long = "a b ".repeat(30);
  const texts = ["a b c", "a a a a", long];
  assertEquals(cutWarning(PROMPTS, texts.slice(0, 1)), undefined);
  assertEquals(
    cutWarning(PROMPTS, texts),
    `Cut to the 3 tokens that the model reads: "a a a a" (4), "${
      "a b ".repeat(10)
    }…" (60)`,
  );
  assertEquals(
    cutWarning(PROMPTS, texts, "", () => ["b.txt", "prompts.txt line 7"]),
    "Cut to the 3 tokens that the model reads: b.txt (4), prompts.txt line 7 (4), b.txt (60), prompts.txt line 7 (60)",
  );
});
