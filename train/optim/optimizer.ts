import { pinned, Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import { emit } from "../../gpu/emit.ts";
import { adamw, adamwEma } from "../../kernels/adamw.ts";
import { gradNormBlocks, normFactor } from "../../kernels/grad_norm.ts";
import { emitRows, rowForm } from "../../kernels/lib/rows.ts";
import { update } from "../../kernels/lib/walks.ts";
import type { ArenaMemory, ParameterArena } from "./parameter_arena.ts";

/** The settings of a run; `ADAMW` has those of QVGen. */
export interface AdamWOptions {
  /** Decay of the first and of the second moment. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment; above 0. */
  readonly eps: number;
  /** Decoupled from the gradient, scaled by the learning rate. */
  readonly weightDecay: number;
  /** Largest global gradient norm; 0 sets no limit. */
  readonly maxGradNorm: number;
  /** What a moving average of the weights keeps at each step; 0: there is none. */
  readonly ema: number;
}

/** The settings with which QVGen trains. */
export const ADAMW: AdamWOptions = {
  betas: [0.9, 0.95],
  eps: 1e-8,
  weightDecay: 1e-4,
  maxGradNorm: 1,
  ema: 0,
};

/** What a step found in the gradients. */
export interface StepStats {
  /** Global norm before it is limited, without frozen groups. */
  readonly norm: number;
  /** What gradients were multiplied by; 0: one was not finite, nothing changed. */
  readonly factor: number;
  /** The norm of each group. */
  readonly norms: Readonly<Record<string, number>>;
}

const BLOCK = 4096; // gradients in one partial sum
const GROUP_WORDS = 6; // of the kernels' struct Group

/**
 * AdamW as torch has it, over the groups of an arena: one dispatch a chunk.
 * What changes between steps lies in one small buffer, so that a plan that
 * holds the update is replayed as it is.
 *
 * @example
 * ```ts
 * import {
 *   AdamW,
 *   fromArray,
 *   gradients,
 *   mse,
 *   openGpu,
 *   Parameter,
 *   ParameterArena,
 *   record,
 * } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const w = new Parameter([2]).write(gpu, Float32Array.of(0, 0));
 * using arena = ParameterArena.create(gpu, [["w", w]]);
 * using optimizer = new AdamW(gpu, arena);
 * const target = fromArray(gpu, [2], [1, -1]);
 * const one = fromArray(gpu, [1], [1]);
 *
 * using step = await record(gpu, () => {
 *   const loss = mse(w, target);
 *   arena.collect(gradients(loss, one, arena.parameters));
 *   optimizer.record();
 * });
 * for (let i = 0; i < 100; i++) {
 *   optimizer.prepareStep(() => 0.05); // the learning rate
 *   step.run();
 * }
 * console.log(await w.read(gpu)); // near [1, -1]
 * ```
 */
export class AdamW implements Disposable {
  /** Global norm, its factor, norm of each group; `explain` names them. */
  readonly stats: Tensor;
  /** First moments. */
  readonly m: ArenaMemory;
  /** Second moments. */
  readonly v: ArenaMemory;
  /** The moving average of the weights, if there is one. */
  readonly average: ArenaMemory | undefined;
  /** Steps of each group so far. */
  readonly steps: Map<string, number>;
  readonly #options: AdamWOptions;
  readonly #groups: Tensor;
  /** The number of each chunk's first block, then of all blocks. */
  readonly #blocks: readonly number[];

  /** Memory for the moments of an arena; options left out are those of QVGen. */
  constructor(
    readonly gpu: Gpu,
    readonly arena: ParameterArena,
    options: Partial<AdamWOptions> = {},
  ) {
    this.#options = { ...ADAMW, ...options };
    const { eps, ema } = this.#options;
    if (!(eps > 0)) throw new RangeError(`Eps is ${eps}, it must be above 0`);
    const { groups, layout } = arena;
    this.stats = pinned([2 + groups.length]);
    this.m = arena.memory();
    this.v = arena.memory();
    this.average = ema === 0 ? undefined : arena.memory();
    this.steps = new Map(groups.map((group) => [group, 0]));
    this.#groups = pinned([groups.length, GROUP_WORDS], "u32");
    const blocks = [0];
    for (const { bytes } of layout.chunks) {
      blocks.push(blocks.at(-1)! + Math.ceil(bytes / 4 / BLOCK));
    }
    this.#blocks = blocks;
  }

  /**
   * While recording, emits the norms of the gradients that the arena collected
   * and the update. The step counts even if it is skipped.
   */
  record(): void {
    const { arena, stats } = this;
    const groups = this.#groups;
    const sums = new Tensor([this.#blocks.at(-1)!]);
    arena.gradients.chunks.forEach((g, i) => {
      const first = this.#blocks[i]!;
      const rows = this.#blocks[i + 1]! - first;
      const size = { rows, columns: BLOCK };
      emitRows(gradNormBlocks, { g, sums }, size, { params: { first } });
    });
    const { kernel, constants } = rowForm(normFactor, 1);
    const params = {
      count: arena.groups.length,
      most: this.#options.maxGradNorm,
    };
    emit(kernel, { sums, groups, stats }, 1, { params, constants });
    for (const i of arena.layout.chunks.keys()) this.#update(i);
  }

  #update(chunk: number): void {
    const { arena, stats } = this;
    const { betas: [beta1, beta2], eps, ema: keep } = this.#options;
    const [w, g, m, v, ema] = [
      arena.values,
      arena.gradients,
      this.m,
      this.v,
      this.average,
    ].map((memory) => memory?.chunks[chunk]);
    const tensors = { w: w!, g: g!, m: m!, v: v!, groups: this.#groups, stats };
    const { groups: workgroups, walk, constants } = update(w!.size);
    const options = {
      constants,
      params: {
        walk,
        group: arena.groups.indexOf(arena.layout.chunks[chunk]!.group),
        beta2,
        eps,
        rest1: 1 - beta1,
        rest2: 1 - beta2,
        rest_ema: 1 - keep,
      },
    };
    if (ema) emit(adamwEma, { ...tensors, ema }, workgroups, options);
    else emit(adamw, tensors, workgroups, options);
  }

  /**
   * Writes what the next run of a plan needs; call it before each. `rateOf`
   * gives the learning rate of a group; undefined freezes the group as if it
   * had no gradient: values, moments and step count stay.
   */
  prepareStep(rateOf: (group: string) => number | undefined): void {
    const { betas: [beta1, beta2], weightDecay } = this.#options;
    const { groups, layout: { chunks } } = this.arena;
    const words = new Uint32Array(groups.length * GROUP_WORDS);
    const numbers = new Float32Array(words.buffer);
    groups.forEach((group, k) => {
      const at = k * GROUP_WORDS;
      const rate = rateOf(group);
      if (rate === undefined) {
        words[at + 3] = 1;
      } else {
        if (!Number.isFinite(rate)) {
          throw new RangeError(
            `Cannot prepare a step: the learning rate of ${group} is ${rate}`,
          );
        }
        const t = this.steps.get(group)! + 1;
        this.steps.set(group, t);
        numbers[at] = 1 - rate * weightDecay;
        numbers[at + 1] = rate / (1 - beta1 ** t);
        numbers[at + 2] = 1 / Math.sqrt(1 - beta2 ** t);
      }
      const first = chunks.findIndex((chunk) => chunk.group === group);
      const last = chunks.findLastIndex((chunk) => chunk.group === group);
      words[at + 4] = this.#blocks[first]!;
      words[at + 5] = this.#blocks[last + 1]!;
    });
    this.#groups.write(this.gpu, words);
  }

  /** Names the numbers of `stats` as they were read. */
  explain(stats: ArrayLike<number>): StepStats {
    const norms = this.arena.groups.map((g, i) => [g, stats[2 + i]!] as const);
    return {
      norm: stats[0]!,
      factor: stats[1]!,
      norms: Object.fromEntries(norms),
    };
  }

  /** Starts the moving average at the weights, once they are loaded. */
  restartAverage(): void {
    const encoder = this.gpu.device.createCommandEncoder();
    this.average?.chunks.forEach(({ storage: { buffer, bytes } }, i) => {
      const from = this.arena.values.chunks[i]!.storage.buffer!;
      encoder.copyBufferToBuffer(from, 0, buffer!, 0, bytes);
    });
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Gives moments and statistics back; the values stay with the arena. */
  [Symbol.dispose](): void {
    const { m, v, average, stats } = this;
    for (const own of [m, v, average, stats, this.#groups]) {
      own?.[Symbol.dispose]();
    }
  }
}
