import type { Piece } from "./tokenizer_model.ts";

/** How much less likely an uncovered character is than the rarest piece. */
const UNKNOWN_PENALTY = 10;

/** A part of a word: the id of its piece, or undefined where no piece covers it. */
export interface Part {
  readonly text: string;
  readonly id: number | undefined;
}

/** Splits words into the most probable sequence of pieces (Kudo 2018). */
export class Unigram {
  readonly #ids = new Map<string, number>();
  readonly #scores: Float64Array;
  readonly #unknownScore: number;
  readonly #longest: number;

  constructor(pieces: readonly Piece[]) {
    this.#scores = Float64Array.from(pieces, ({ score }) => score);
    let [lowest, longest] = [0, 1];
    for (const [id, { text, score, plain }] of pieces.entries()) {
      if (!plain) continue;
      this.#ids.set(text, id);
      lowest = Math.min(lowest, score);
      longest = Math.max(longest, text.length);
    }
    this.#unknownScore = lowest - UNKNOWN_PENALTY;
    this.#longest = longest;
  }

  /**
   * The Viterbi path through `word`; neighbouring characters that no piece covers
   * are one part. Sums are f64 and a later path wins only by a larger sum, so that
   * ties fall as in the tokenizers library.
   */
  split(word: string): Part[] {
    const best = new Float64Array(word.length + 1);
    const from = new Int32Array(word.length + 1).fill(-1);
    const piece = new Int32Array(word.length + 1);
    const offer = (start: number, end: number, id: number, score: number) => {
      const sum = best[start]! + score;
      if (from[end]! >= 0 && sum <= best[end]!) return;
      best[end] = sum;
      from[end] = start;
      piece[end] = id;
    };
    for (let start = 0, next = 0; start < word.length; start = next) {
      next = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      const last = Math.min(word.length, start + this.#longest);
      let covered = false;
      for (let end = next; end <= last; end++) {
        const id = this.#ids.get(word.slice(start, end));
        if (id === undefined) continue;
        offer(start, end, id, this.#scores[id]!);
        covered ||= end === next;
      }
      if (!covered) offer(start, next, -1, this.#unknownScore);
    }
    return walkBack(word, from, piece);
  }
}

function walkBack(word: string, from: Int32Array, piece: Int32Array): Part[] {
  const parts: Part[] = [];
  for (let end = word.length; end > 0;) {
    const id = piece[end]!;
    let start = from[end]!;
    while (id < 0 && start > 0 && piece[start]! < 0) start = from[start]!;
    parts.push({ text: word.slice(start, end), id: id < 0 ? undefined : id });
    end = start;
  }
  return parts.reverse();
}
