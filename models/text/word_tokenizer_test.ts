import { assertEquals, assertThrows } from "@std/assert";
import type { Tokenizer } from "./tokenizer.ts";
import { tokenizerFromFiles } from "./tokenizer_files.ts";
import { wordTokenizerModel } from "./word_tokenizer.ts";

function tokenizer(words: readonly string[]): Tokenizer {
  const json = new TextEncoder().encode(
    JSON.stringify(wordTokenizerModel(words)),
  );
  return tokenizerFromFiles(new Map([["tokenizer.json", json]]), "tiny");
}

const TINY = tokenizer(["a", "red", "blue", "circle", "moving", "left"]);

Deno.test("a word tokenizer gives each word its id and ends the text", () => {
  assertEquals(TINY.encode("a red circle moving left"), [3, 4, 6, 7, 8, 1]);
  assertEquals(TINY.encode(""), [1]);
  assertEquals(TINY.decode([3, 4, 6, 1, 0, 0]), "a red circle");
});

Deno.test("case, punctuation and white space make no difference", () => {
  assertEquals(TINY.encode(' A "red"  circle,\n moving left. '), [
    3,
    4,
    6,
    7,
    8,
    1,
  ]);
});

Deno.test("an unseen word becomes <unk> and is named", () => {
  assertEquals(TINY.encode("a shiny blue circle"), [3, 2, 5, 6, 1]);
  assertEquals(TINY.encode("zebra yak"), [2, 2, 1]);
  assertEquals(TINY.encode("antelope"), [3, 2, 1]);
  assertEquals(
    TINY.unknownWords("A Zebra, a circle; an antelope and a zebra"),
    ["zebra", "an", "antelope", "and"],
  );
  assertEquals(TINY.unknownWords("a red circle."), []);
});

Deno.test("words that could not be found again are refused", () => {
  for (
    const words of [["a", "a"], ["Red"], ["two words"], [""], ["end."], [
      "\u2581a",
    ]]
  ) {
    assertThrows(
      () => wordTokenizerModel(words),
      RangeError,
      "words must be distinct",
    );
  }
});
