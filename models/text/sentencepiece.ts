import { InputError } from "../../core/errors.ts";
import { charsmap } from "./charsmap.ts";
import { fields } from "./protobuf.ts";
import type { Piece, UnigramModel } from "./tokenizer_model.ts";

/** SentencePiece's kinds of pieces that are treated apart. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const NORMAL = 1;

const UNIGRAM = 1;

/**
 * Reads a `spiece.model`: the protobuf message of a SentencePiece model.
 *
 * As in the tokenizers of the model hub, every text gets one leading space and
 * runs of spaces become one, whatever the file says.
 *
 * @throws InputError if it is malformed or not a unigram model.
 */
export function parseSentencePiece(model: Uint8Array): UnigramModel {
  const pieces: Piece[] = [];
  const special = new Map<string, number>();
  let unk = -1;
  let byteFallback = false;
  let normalize = (text: string) => text;
  for (const { number, value } of fields(model)) {
    if (typeof value === "number") continue;
    if (number === 1) {
      const { kind, ...piece } = parsePiece(value);
      const id = pieces.push(piece) - 1;
      if (kind === UNKNOWN) unk = id;
      if (kind === UNKNOWN || kind === CONTROL || kind === USER_DEFINED) {
        special.set(piece.text, id);
      }
    } else if (number === 2) {
      byteFallback = parseTrainer(value);
    } else if (number === 3) {
      for (const field of fields(value)) {
        if (field.number !== 2 || typeof field.value === "number") continue;
        if (field.value.length > 0) normalize = charsmap(field.value);
      }
    }
  }
  if (unk < 0) {
    throw new InputError("The SentencePiece model has no unknown piece");
  }
  return { pieces, special, unk, byteFallback, normalize };
}

function parsePiece(message: Uint8Array): Piece & { kind: number } {
  let [text, score, kind] = ["", 0, NORMAL];
  for (const { number, value } of fields(message)) {
    if (typeof value === "number") {
      if (number === 3) kind = value;
    } else if (number === 1) {
      text = new TextDecoder().decode(value);
    } else if (number === 2 && value.length === 4) {
      score = new DataView(value.buffer, value.byteOffset).getFloat32(0, true);
    }
  }
  return { text, score, plain: kind === NORMAL, kind };
}

/** Whether the model falls back to bytes. */
function parseTrainer(message: Uint8Array): boolean {
  let byteFallback = false;
  for (const { number, value } of fields(message)) {
    if (number === 3 && value !== UNIGRAM) {
      throw new InputError(
        "The SentencePiece model is not of type unigram, the only one accepted",
      );
    }
    if (number === 35) byteFallback = value === 1;
  }
  return byteFallback;
}
