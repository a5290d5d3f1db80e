import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject, parseObject } from "../../core/json.ts";
import { cut, shown } from "../../core/shown.ts";
import { parseSentencePiece } from "./sentencepiece.ts";
import { Tokenizer } from "./tokenizer.ts";
import { parseTokenizerJson } from "./tokenizer_json.ts";
import type { UnigramModel } from "./tokenizer_model.ts";

/**
 * Makes a tokenizer from the files of a tokenizer folder, given as their names and
 * bytes: `tokenizer.json` or else `spiece.model` for the vocabulary, and what there
 * is of `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`.
 * `where` they come from goes into messages.
 *
 * @throws InputError if neither vocabulary is there or a file is malformed.
 *
 * @example
 * ```ts
 * import { readTokenizerFiles } from "@qvgen/qvgen/io";
 * import { tokenizerFromFiles } from "@qvgen/qvgen/models";
 *
 * const folder = "tests/fixtures/tokenizer/t5_spm_only";
 * const tokenizer = tokenizerFromFiles(await readTokenizerFiles(folder), folder);
 * console.log(tokenizer.encode("a red fox")); // the ids, ended by 1, </s>
 * console.log(tokenizer.encodePadded("a red fox", 226).mask); // 1 for each token
 * ```
 */
export function tokenizerFromFiles(
  files: ReadonlyMap<string, Uint8Array>,
  where: string,
): Tokenizer {
  const json = (name: string): JsonObject => {
    const bytes = files.get(name);
    return bytes === undefined ? {} : parseObject(`${where}/${name}`, bytes);
  };
  const config = json("tokenizer_config.json");
  const names = { ...json("special_tokens_map.json"), ...config };
  try {
    const model = vocabulary(files, json);
    const special = new Map(model.special);
    addTokens(special, model, config, json("added_tokens.json"));
    const idOf = (role: string, usual: string): number => {
      const text = tokenText(names[role]) ?? usual;
      const id = special.get(text) ??
        model.pieces.findIndex((p) => p.text === text);
      if (id < 0) {
        throw new InputError(
          `its ${role} ${cut(text)} is not in the vocabulary`,
        );
      }
      special.set(text, id);
      return id;
    };
    return new Tokenizer({
      ...model,
      special,
      eos: idOf("eos_token", "</s>"),
      pad: idOf("pad_token", "<pad>"),
      cleanUpSpaces: config["clean_up_tokenization_spaces"] === true,
    });
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(
      `Cannot read the tokenizer in ${where}: ${cause.message}`,
      { cause },
    );
  }
}

function vocabulary(
  files: ReadonlyMap<string, Uint8Array>,
  json: (name: string) => JsonObject,
): UnigramModel {
  if (files.has("tokenizer.json")) {
    return parseTokenizerJson(json("tokenizer.json"));
  }
  const sentencePiece = files.get("spiece.model");
  if (sentencePiece !== undefined) return parseSentencePiece(sentencePiece);
  throw new InputError("it has neither tokenizer.json nor spiece.model");
}

/** Adds the tokens that stand outside the vocabulary; those of tokenizer.json win. */
function addTokens(
  special: Map<string, number>,
  { pieces }: UnigramModel,
  config: JsonObject,
  added: JsonObject,
): void {
  const add = (text: string, id: unknown) => {
    if (!Number.isSafeInteger(id) || (id as number) < 0) {
      throw new InputError(
        `its added token ${shown(text)} has the id ${shown(id)}`,
      );
    }
    if (!special.has(text)) special.set(text, id as number);
  };
  for (const [text, id] of Object.entries(added)) add(text, id);
  const { added_tokens_decoder: decoder, extra_ids: extras } = config;
  for (const [id, token] of isObject(decoder) ? Object.entries(decoder) : []) {
    const text = tokenText(token);
    if (text !== undefined) add(text, Number(id));
  }
  // T5's sentinels: where no file lists them they follow the pieces, the last first.
  const count = Number.isSafeInteger(extras)
    ? Math.min(extras as number, MAX_EXTRAS)
    : 0;
  for (let i = 0; i < count; i++) {
    const text = `<extra_id_${i}>`;
    if (special.has(text)) continue;
    const piece = pieces.findIndex((p) => p.text === text);
    add(text, piece >= 0 ? piece : pieces.length + count - 1 - i);
  }
}

const MAX_EXTRAS = 1000;

/** A token in a configuration: a text, or an object with its content. */
function tokenText(token: unknown): string | undefined {
  if (typeof token === "string") return token;
  const content = isObject(token) ? token["content"] : undefined;
  return typeof content === "string" ? content : undefined;
}
