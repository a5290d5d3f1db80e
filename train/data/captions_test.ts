import { assertEquals } from "@std/assert";
import {
  captionOf,
  type Factors,
  parseCaption,
  unknownWords,
  VOCABULARY,
} from "./captions.ts";
import { evaluationGrid } from "./evaluation.ts";

const factors: Factors = {
  color: "yellow",
  shape: "triangle",
  motion: "still",
  background: "gray",
};

Deno.test("captionOf() leaves out what it is told to", () => {
  assertEquals(
    captionOf(factors),
    "a yellow triangle still on a gray background",
  );
  assertEquals(
    captionOf(factors, { motion: false, background: true }),
    "a yellow triangle on a gray background",
  );
  assertEquals(
    captionOf({ ...factors, motion: "up" }, {
      motion: true,
      background: false,
    }),
    "a yellow triangle moving up",
  );
});

Deno.test("parseCaption() reads back every caption", () => {
  for (const { prompt, factors } of evaluationGrid()) {
    assertEquals(parseCaption(prompt), factors);
  }
  assertEquals(parseCaption(" A  Red ring. "), { color: "red", shape: "ring" });
});

Deno.test("parseCaption() gives nothing for any other text", () => {
  assertEquals(parseCaption("a cat"), undefined);
  assertEquals(parseCaption("a red ring moving still"), undefined);
  assertEquals(parseCaption("a red ring left"), undefined);
  assertEquals(parseCaption(""), undefined);
});

Deno.test("unknownWords() names the words outside the vocabulary", () => {
  assertEquals(unknownWords("A red cat, moving fast"), ["cat", "fast"]);
  assertEquals(new Set(VOCABULARY).size, VOCABULARY.length);
  const used = evaluationGrid().flatMap(({ prompt }) => prompt.split(" "));
  assertEquals([...new Set(used)].sort(), [...VOCABULARY].sort());
});
