import { InputError } from "../../core/errors.ts";

/** How u falls from 1 towards 0 within a phase. */
export type DecayStrategy = "cosine" | "linear";

/** The rank-decay schedule of a run: QVGen, Eq. 13 to 15, lambda = 1/2. */
export interface RankDecay {
  /** Rank r of the first phase; 0 trains without Phi. */
  readonly rank: number;
  /** Steps T in each phase. */
  readonly phaseLength: number;
  /** Steps before the first phase in which gamma stays 1. */
  readonly warmUp: number;
  /** Shape of u within a phase. */
  readonly strategy: DecayStrategy;
}

/** The state of Phi at one step of the schedule. */
export interface RankDecayState {
  /** Phases ended so far; `phaseCount(rank)` once Phi is gone. */
  readonly phase: number;
  /** Columns of Phi still in use. */
  readonly rank: number;
  /** Factor of the columns that this phase removes; 0 without Phi. */
  readonly u: number;
  /** Factors of all columns that Phi began with, 0 beyond `rank`. */
  readonly gamma: Float32Array<ArrayBuffer>;
  /**
   * Before this step the rank fell: the kept product L R is to be decomposed
   * anew, or Phi to be removed.
   */
  readonly startsPhase: boolean;
  /** In the warm-up the weights and their scales stay frozen. */
  readonly warmUp: boolean;
  /** Whether any column is left. */
  readonly hasPhi: boolean;
}

/**
 * The state at `step` (from 0), which follows from the step alone and thus
 * needs no saving. For a layer, `size` is min(out, in): it holds the first
 * `size` columns, so that a small layer waits until a phase cuts into them, and
 * all layers reach rank 0 together.
 *
 * @example
 * ```ts
 * import { rankDecayAt } from "@qvgen/qvgen/train";
 *
 * const { rank, gamma } = rankDecayAt(6, {
 *   rank: 4,
 *   phaseLength: 4,
 *   warmUp: 0,
 *   strategy: "linear",
 * });
 * console.assert(rank === 2 && gamma.join() === "1,0.5,0,0");
 * ```
 */
export function rankDecayAt(
  step: number,
  { rank: r, phaseLength: T, warmUp, strategy }: RankDecay,
  size: number = r,
): RankDecayState {
  const k = Math.max(0, step - warmUp);
  const phase = Math.min(Math.floor(k / T), phaseCount(r));
  const phaseRank = halved(r, phase);
  const rank = Math.min(phaseRank, size);
  const u = phaseRank === 0 ? 0 : falling((k - phase * T) / T, strategy);

  const gamma = new Float32Array(Math.min(r, size)); // [1...1, u...u, 0...0]
  gamma.fill(u, 0, rank);
  gamma.fill(1, 0, Math.min(halved(phaseRank, 1), rank));

  const startsPhase = phase > 0 && k === phase * T &&
    rank < Math.min(halved(r, phase - 1), size);
  return {
    phase,
    rank,
    u,
    gamma,
    startsPhase,
    warmUp: step < warmUp,
    hasPhi: rank > 0,
  };
}

/** How many phases lead from `rank` to 0 by halving. */
export function phaseCount(rank: number): number {
  return rank < 1 ? 0 : Math.floor(Math.log2(rank)) + 1;
}

/** The longest phases that end within `steps`; InputError when too few. */
export function phaseLengthFor(
  steps: number,
  rank: number,
  warmUp = 0,
): number {
  const phases = phaseCount(rank);
  if (phases === 0) return 1;
  const length = Math.floor((steps - warmUp) / phases);
  if (length >= 1) return length;
  throw new InputError(
    `${steps - warmUp} steps after warm-up are too few ` +
      `for the ${phases} phases of rank ${rank}`,
  );
}

function halved(rank: number, times: number): number {
  return Math.floor(rank / 2 ** times);
}

/** u, which falls from 1 at the start of a phase towards 0 at its end. */
function falling(done: number, strategy: DecayStrategy): number {
  return strategy === "linear" ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2;
}
