/** Stands for a space in the pieces of a vocabulary. */
export const SPACE = "\u2581";

/** A piece of the vocabulary. */
export interface Piece {
  /** Its text, spaces written as {@link SPACE}. */
  readonly text: string;
  /** Logarithm of its probability. */
  readonly score: number;
  /** Whether text may become it; not so for special tokens and single bytes. */
  readonly plain: boolean;
}

/** A unigram vocabulary and how text is prepared for it. */
export interface UnigramModel {
  /** Every piece; its index is its id. */
  readonly pieces: readonly Piece[];
  /** The id of text that no piece covers. */
  readonly unk: number;
  /** Spell text that no piece covers by its bytes, pieces `<0x00>` to `<0xFF>`. */
  readonly byteFallback: boolean;
  /** Texts that become an id wherever they stand, before anything else. */
  readonly special: ReadonlyMap<string, number>;
  /** Maps characters to those of the vocabulary, and all white space to spaces. */
  readonly normalize: (text: string) => string;
}

/** A vocabulary and the special tokens that frame a text. */
export interface TokenizerModel extends UnigramModel {
  /** Ends every text. */
  readonly eos: number;
  /** Fills up to a fixed length. */
  readonly pad: number;
  /** Drop spaces before punctuation when decoding. */
  readonly cleanUpSpaces: boolean;
}

/** Whether a piece stands for a single byte. */
export function isBytePiece(text: string): boolean {
  return /^<0x[0-9A-F]{2}>$/.test(text);
}
