import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { readTokenizerFiles } from "../../io/tokenizer_files.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { parseTokenizerJson } from "./tokenizer_json.ts";
import { tokenizerFromFiles } from "./tokenizer_files.ts";

const FIXTURES = "tests/fixtures/tokenizer";

interface Row {
  readonly text: string;
  readonly ids: number[];
  readonly tokens: string[];
  readonly decoded?: string;
  readonly padded_to_16?: { input_ids: number[]; attention_mask: number[] };
}

async function rows(name: string): Promise<Row[]> {
  return JSON.parse(await Deno.readTextFile(`${FIXTURES}/${name}_table.json`))
    .rows;
}

async function load(name: string, without: string[] = []): Promise<Tokenizer> {
  const folder = `${FIXTURES}/${name}`;
  const files = await readTokenizerFiles(folder);
  if (without.includes("tokenizer.json")) {
    files.set("spiece.model", await Deno.readFile(`${folder}/spiece.model`));
  }
  for (const file of without) files.delete(file);
  return tokenizerFromFiles(files, folder);
}

async function checkTable(name: string, tokenizer: Tokenizer): Promise<void> {
  for (const row of await rows(name)) {
    const ids = tokenizer.encode(row.text);
    assertEquals(ids, row.ids, row.text);
    assertEquals(ids.map((id) => tokenizer.token(id)), row.tokens);
    if (row.decoded !== undefined) {
      assertEquals(tokenizer.decode(ids), row.decoded);
    }
    if (row.padded_to_16 === undefined) continue;
    const padded = tokenizer.encodePadded(row.text, 16);
    assertEquals([...padded.ids], row.padded_to_16.input_ids);
    assertEquals([...padded.mask], row.padded_to_16.attention_mask);
  }
}

for (const name of ["t5_json_and_spm", "t5_spm_only", "umt5_byte_fallback"]) {
  Deno.test(`${name} encodes and decodes every text of its table`, async () => {
    await checkTable(name, await load(name));
  });
}

for (const name of ["t5_json_and_spm", "umt5_byte_fallback"]) {
  Deno.test(`${name} does so from its spiece.model alone`, async () => {
    await checkTable(name, await load(name, ["tokenizer.json"]));
  });
}

Deno.test("T5's sentinels are found without a list of them", async () => {
  await checkTable(
    "t5_spm_only",
    await load("t5_spm_only", ["added_tokens.json"]),
  );
});

Deno.test("bytes are decoded as the text that they spell", async () => {
  const tokenizer = await load("umt5_byte_fallback");
  for (const text of ["中文 字", "emoji 😀 end", "a e s"]) {
    assertEquals(tokenizer.decode(tokenizer.encode(text)), text);
  }
});

Deno.test("a padded text always ends by the end token", async () => {
  const tokenizer = await load("t5_spm_only");
  assertEquals([...tokenizer.encodePadded("a b c d e", 3).ids].at(-1), 1);
  assertEquals(tokenizer.encodePadded("", 3), {
    ids: Int32Array.of(1, 0, 0),
    mask: Int32Array.of(1, 0, 0),
  });
});

Deno.test("unusable tokenizer files are refused with the folder and the reason", () => {
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value));
  const unigram = { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0]] };
  const broken: [string, Uint8Array, string][] = [
    ["notes.txt", encode(1), "neither tokenizer.json nor spiece.model"],
    ["tokenizer.json", encode([]), "is not a JSON object"],
    [
      "tokenizer.json",
      encode({ model: { type: "BPE" } }),
      "type BPE, accepted is Unigram",
    ],
    [
      "tokenizer.json",
      encode({ model: { ...unigram, unk_id: 7 } }),
      "unk_id 7",
    ],
    [
      "tokenizer.json",
      encode({ model: { ...unigram, vocab: [1] } }),
      "pairs of a text",
    ],
    [
      "tokenizer.json",
      encode({ model: unigram }),
      "eos_token </s> is not in the vocabulary",
    ],
    [
      "tokenizer.json",
      encode({ model: unigram, normalizer: { type: "Bert" } }),
      '"Bert"',
    ],
    ["spiece.model", Uint8Array.of(0x0a, 0x7f, 1), "ends inside a field"],
    ["spiece.model", Uint8Array.of(0xff), "ends inside a number"],
    ["spiece.model", new Uint8Array(), "has no unknown piece"],
    ["spiece.model", Uint8Array.of(0x12, 2, 0x18, 2), "not of type unigram"],
    [
      "spiece.model",
      Uint8Array.of(0x1a, 3, 0x12, 1, 9),
      "charsmap of the tokenizer is malformed",
    ],
  ];
  for (const [name, bytes, message] of broken) {
    const parse = () =>
      tokenizerFromFiles(new Map([[name, bytes]]), "models/x");
    assertThrows(parse, InputError, message);
    assertThrows(parse, InputError, "models/x");
  }
});

Deno.test("what tokenizer.json puts in the place of a text is taken letter by letter", () => {
  const { normalize } = parseTokenizerJson({
    model: { type: "Unigram", vocab: [["a", 0]], unk_id: 0 },
    normalizer: { type: "Replace", pattern: { String: "x" }, content: "$&$$" },
  });
  assertEquals(normalize("axa"), "a$&$$a");
});
