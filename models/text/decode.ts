import { isBytePiece, SPACE, type TokenizerModel } from "./tokenizer_model.ts";

/**
 * The text of token ids. Special tokens are left out, the mark of a space becomes
 * one except in the first token, and runs of byte pieces are read as UTF-8.
 */
export function decodePieces(
  model: TokenizerModel,
  ids: Iterable<number>,
): string {
  const special = new Set([...model.special.values(), model.unk]);
  let text = "";
  let bytes: number[] = [];
  let first = true;
  const flush = () => {
    text += new TextDecoder().decode(Uint8Array.from(bytes));
    bytes = [];
  };
  for (const id of ids) {
    const piece = model.pieces[id];
    if (piece === undefined || special.has(id)) continue;
    if (model.byteFallback && isBytePiece(piece.text)) {
      bytes.push(Number(piece.text.slice(1, -1)));
    } else {
      flush();
      text += piece.text.replaceAll(SPACE, first ? "" : " ");
    }
    first = false;
  }
  flush();
  return model.cleanUpSpaces ? cleanUp(text) : text;
}

/** The rules for English that the model hub's tokenizers apply. */
function cleanUp(text: string): string {
  return text.replace(/ ([.?!,])/g, "$1").replaceAll(" ' ", "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, "$1");
}
