import type { JsonObject } from "../../core/json.ts";
import { SPACE } from "./tokenizer_model.ts";

/** The special tokens, in the order of their ids, as T5 has them. */
const SPECIAL = ["<pad>", "</s>", "<unk>"];

const PUNCTUATION = [".", ",", ";", ":", "!", "?", '"', "(", ")"];

/**
 * A `tokenizer.json` whose pieces are whole words, with ids from 3 in the given
 * order after `<pad>`, `</s>` and `<unk>`; for models that know a small language.
 * Case and punctuation are ignored. An unseen word becomes `<unk>`, after the
 * longest known word that it begins with, if any.
 *
 * @throws RangeError if a word is repeated, empty, or changed by normalisation.
 *
 * @example
 * ```ts
 * import { tokenizerFromFiles, wordTokenizerModel } from "@qvgen/qvgen/models";
 *
 * const json = JSON.stringify(wordTokenizerModel(["a", "red", "circle"]));
 * const files = new Map([["tokenizer.json", new TextEncoder().encode(json)]]);
 * const tokenizer = tokenizerFromFiles(files, "tiny");
 * console.log(tokenizer.encode("A red circle.")); // [3, 4, 5, 1]
 * console.log(tokenizer.unknownWords("a blue circle")); // ["blue"]
 * ```
 */
export function wordTokenizerModel(words: readonly string[]): JsonObject {
  const known = new Set<string>();
  for (const word of words) {
    const plain = word === word.toLowerCase() && /^[^\s\u2581]+$/.test(word) &&
      !PUNCTUATION.some((mark) => word.includes(mark));
    if (!plain || known.has(word)) {
      throw new RangeError(
        `Cannot make a vocabulary with ${
          JSON.stringify(word)
        }: words must be distinct, lower case, without spaces and punctuation`,
      );
    }
    known.add(word);
  }
  const metaspace = {
    type: "Metaspace",
    replacement: SPACE,
    prepend_scheme: "always",
  };
  return {
    version: "1.0",
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "Sequence", normalizers: normalizers() },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "WhitespaceSplit" }, {
        ...metaspace,
        split: true,
      }],
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
      ],
      pair: [
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
        { Sequence: { id: "B", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
      ],
      special_tokens: { "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] } },
    },
    decoder: { ...metaspace, split: true },
    model: {
      type: "Unigram",
      unk_id: 2,
      byte_fallback: false,
      vocab: [
        ...SPECIAL.map((text) => [text, 0]),
        ...words.map((word) => [SPACE + word, -Math.log(words.length)]),
      ],
    },
  };
}

function normalizers(): JsonObject[] {
  return [
    { type: "Lowercase" },
    ...PUNCTUATION.map((mark) => ({
      type: "Replace",
      pattern: { String: mark },
      content: " ",
    })),
  ];
}
