import { InputError } from "../../core/errors.ts";
import { decodePieces } from "./decode.ts";
import { SPACE, type TokenizerModel } from "./tokenizer_model.ts";
import { Unigram } from "./unigram.ts";

/** Splits text so that each part but the first begins with the mark. */
const BEFORE_SPACE = new RegExp(`(?=${SPACE})`);

/** Token ids of one text at a fixed length. */
export interface PaddedIds {
  /** The ids, the end token included, then padding. */
  readonly ids: Int32Array<ArrayBuffer>;
  /** 1 for a token, 0 for padding. */
  readonly mask: Int32Array<ArrayBuffer>;
}

/**
 * The tokenizer of T5 and UMT5: SentencePiece unigram with the special tokens of
 * the model hub.
 */
export class Tokenizer {
  readonly #model: TokenizerModel;
  readonly #unigram: Unigram;
  readonly #special: RegExp | undefined;
  /** Texts by id of the tokens that are no pieces. */
  readonly #added: ReadonlyMap<number, string>;
  /** The ids of the 256 bytes, where uncovered text is spelt by bytes. */
  readonly #bytes: readonly number[] | undefined;

  /** Called by `tokenizerFromFiles`. */
  constructor(model: TokenizerModel) {
    this.#model = model;
    this.#unigram = new Unigram(model.pieces);
    this.#special = matcher([...model.special.keys()]);
    this.#added = new Map([...model.special].map(([text, id]) => [id, text]));
    if (model.byteFallback) this.#bytes = byteIds(model);
  }

  /** The ids of a text, ended by the end token; special tokens in it are honoured. */
  encode(text: string): number[] {
    const ids: number[] = [];
    for (const part of this.#special ? text.split(this.#special) : [text]) {
      const special = this.#model.special.get(part);
      if (special !== undefined) ids.push(special);
      else for (const word of this.#words(part)) this.#encodeWord(word, ids);
    }
    ids.push(this.#model.eos);
    return ids;
  }

  /** The ids of a text at exactly `length`: cut before the end token, or padded. */
  encodePadded(text: string, length: number): PaddedIds {
    const { eos, pad } = this.#model;
    const all = this.encode(text);
    const kept = all.length <= length
      ? all
      : [...all.slice(0, length - 1), eos];
    const ids = new Int32Array(length).fill(pad);
    ids.set(kept);
    return { ids, mask: new Int32Array(length).fill(1, 0, kept.length) };
  }

  /** The text of the piece with this id, spaces written as U+2581. */
  token(id: number): string | undefined {
    return this.#model.pieces[id]?.text ?? this.#added.get(id);
  }

  /** The text of ids, special tokens left out. */
  decode(ids: Iterable<number>): string {
    return decodePieces(this.#model, ids);
  }

  /** The words of a text, as normalised, that the vocabulary does not cover. */
  unknownWords(text: string): string[] {
    const unknown = this.#words(text).filter((word) =>
      this.#unigram.split(word).some(({ id }) => id === undefined)
    );
    return [...new Set(unknown.map((word) => word.slice(SPACE.length)))];
  }

  /** The whole words of a vocabulary of fewer than `limit` pieces; none of a larger one. */
  words(limit: number): string[] {
    const { pieces } = this.#model;
    if (pieces.length >= limit) return [];
    return pieces.map(({ text }) => text)
      .filter((text) => text.startsWith(SPACE))
      .map((text) => text.slice(SPACE.length));
  }

  /** Normalised words, each with the mark of the space before it. */
  #words(text: string): string[] {
    const spaced = this.#model.normalize(text).replace(/ +/g, " ").replace(
      /^ | $/g,
      "",
    );
    if (spaced === "") return [];
    const marked = SPACE + spaced.replaceAll(" ", SPACE);
    return marked.split(BEFORE_SPACE);
  }

  #encodeWord(word: string, ids: number[]): void {
    for (const { text, id } of this.#unigram.split(word)) {
      if (id !== undefined) ids.push(id);
      else if (this.#bytes === undefined) ids.push(this.#model.unk);
      else {for (const byte of new TextEncoder().encode(text)) {
          ids.push(this.#bytes[byte]!);
        }}
    }
  }
}

function byteIds({ pieces }: TokenizerModel): number[] {
  const ids = new Map(pieces.map(({ text }, id) => [text, id]));
  return Array.from({ length: 256 }, (_, byte) => {
    const text = `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
    const id = ids.get(text);
    if (id === undefined) {
      throw new InputError(
        `The tokenizer falls back to bytes, but has no piece ${text}`,
      );
    }
    return id;
  });
}

/** Matches any of `texts`, the longest first, as a group that split() keeps. */
function matcher(texts: string[]): RegExp | undefined {
  if (texts.length === 0) return undefined;
  const escaped = texts.sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(${escaped.join("|")})`);
}
