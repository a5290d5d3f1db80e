import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { cut, shown } from "../../core/shown.ts";
import { charsmap } from "./charsmap.ts";
import {
  isBytePiece,
  type Piece,
  type UnigramModel,
} from "./tokenizer_model.ts";

type Step = (text: string) => string;

/**
 * Reads the object of a `tokenizer.json`, the format of the tokenizers library.
 *
 * @throws InputError if it is malformed, not of type Unigram, or normalises text
 * in a way that is not known here.
 */
export function parseTokenizerJson(json: JsonObject): UnigramModel {
  const { model, added_tokens: added, normalizer } = json;
  if (!isObject(model) || (model["type"] ?? "Unigram") !== "Unigram") {
    const found = isObject(model) ? cut(String(model["type"])) : "none";
    throw bad(`its model has type ${found}, accepted is Unigram`);
  }
  const { vocab, unk_id: unk, byte_fallback: byteFallback } = model;
  if (!Array.isArray(vocab)) throw bad("its vocab must be an array");
  const special = parseAdded(added);
  const bytes = byteFallback === true;
  const pieces = vocab.map((entry, id) =>
    parsePiece(
      entry,
      (text) =>
        id !== unk && !special.has(text) && !(bytes && isBytePiece(text)),
    )
  );
  if (typeof unk !== "number" || pieces[unk] === undefined) {
    throw bad(`its unk_id ${shown(unk)} is no id of the vocab`);
  }
  const steps = parseNormalizer(normalizer);
  const normalize: Step = (text) => steps.reduce((t, step) => step(t), text);
  return { pieces, special, unk, byteFallback: bytes, normalize };
}

function bad(reason: string): InputError {
  return new InputError(`Cannot use tokenizer.json: ${reason}`);
}

function parsePiece(entry: unknown, plain: (text: string) => boolean): Piece {
  const [text, score] = Array.isArray(entry) ? entry : [];
  if (typeof text !== "string" || typeof score !== "number") {
    throw bad("its vocab must hold pairs of a text and a number");
  }
  return { text, score, plain: plain(text) };
}

function parseAdded(added: unknown): Map<string, number> {
  const special = new Map<string, number>();
  for (const token of Array.isArray(added) ? added : []) {
    const { content, id } = isObject(token) ? token : {};
    const isId = Number.isSafeInteger(id) && Number(id) >= 0;
    if (typeof content !== "string" || !isId) {
      throw bad("its added_tokens must have a content and an id");
    }
    special.set(content, Number(id));
  }
  return special;
}

/**
 * The steps of a normaliser. Removing spaces at the ends and runs of them is no
 * step: the tokenizer always does so.
 */
function parseNormalizer(normalizer: unknown): Step[] {
  if (normalizer === null || normalizer === undefined) {
    return [squeezeWhiteSpace];
  }
  const { type, ...settings } = isObject(normalizer) ? normalizer : {};
  switch (type) {
    case "Sequence": {
      const { normalizers } = settings;
      if (!Array.isArray(normalizers)) break;
      return normalizers.flatMap(parseNormalizer);
    }
    case "Precompiled": {
      const { precompiled_charsmap: blob } = settings;
      if (typeof blob === "string") return [charsmap(decodeBase64(blob))];
      return blob === null ? [] : [fail()];
    }
    case "Lowercase":
      return [(text) => text.toLowerCase(), squeezeWhiteSpace];
    case "Strip":
      return [];
    case "Replace": {
      const { pattern, content } = settings;
      if (!isObject(pattern) || typeof content !== "string") break;
      const { String: text, Regex: regex } = pattern;
      if (regex === " {2,}") return [];
      if (typeof text === "string") {
        return [(t) => t.replaceAll(text, () => content)]; // no $ in it is special
      }
    }
  }
  throw bad(
    `its normalizer ${JSON.stringify(normalizer).slice(0, 200)} is not known`,
  );

  function fail(): never {
    throw bad("its precompiled_charsmap must be a text");
  }
}

function squeezeWhiteSpace(text: string): string {
  return text.replace(/\s+/g, " ");
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch (cause) {
    throw new InputError(
      "Cannot use tokenizer.json: its charsmap is not base64",
      { cause },
    );
  }
}
