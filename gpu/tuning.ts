import type { Gpu } from "./device.ts";
import type { Dispatch, Race } from "./dispatch.ts";
import { runRace } from "./race.ts";
import {
  type Choice,
  chosenForm,
  sourcesHash,
  type TuningTable,
} from "./tuning_table.ts";

/** How a device chooses among the forms of a kernel. */
export interface TuningOptions {
  /** What is known already; a race is run for what is missing. */
  readonly table: TuningTable;
  /** Milliseconds that races may take in all; what is left takes its first form. */
  readonly budget?: number;
  /** Told before each of the `total` races of a plan, and after the last. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of new winners before the plan that they are for is compiled. */
  readonly onChosen?: (choices: TuningTable) => void | Promise<void>;
}

const BUDGET = 60_000;

/**
 * Which form of a kernel serves which sizes. Without options nothing is raced:
 * a table answers, or the first form is taken.
 */
export class Tuning {
  readonly #table = new Map<string, Choice>();
  readonly #used = new Map<string, Choice>();
  readonly #racing: TuningOptions | undefined;
  #left: number;

  /** Answers from `shipped`, or, with options, from their table and by races. */
  constructor(shipped: TuningTable, racing?: TuningOptions) {
    for (const [key, choice] of Object.entries(racing?.table ?? shipped)) {
      this.#table.set(key, choice);
    }
    this.#racing = racing;
    this.#left = racing?.budget ?? BUDGET;
  }

  /** The choices that plans were compiled with so far. */
  get used(): TuningTable {
    return Object.fromEntries(this.#used);
  }

  /** The list with every dispatch in the form to take. */
  async resolve(gpu: Gpu, list: readonly Dispatch[]): Promise<Dispatch[]> {
    const races = new Map<string, Race>();
    for (const { race } of list) {
      if (race && race.forms.size > 1) races.set(race.key, race);
    }
    const winner = (race: Race) => chosenForm(race, this.#table.get(race.key));
    const open = [...races.values()].filter((race) => !winner(race));
    if (this.#racing && gpu.traits.timestamps) await this.#race(gpu, open);
    const forms = new Map<string, string>();
    for (const [key, race] of races) {
      const form = winner(race);
      if (form === undefined) continue;
      forms.set(key, form);
      this.#used.set(key, this.#table.get(key)!);
    }
    return list.map((d) => d.race?.forms.get(forms.get(d.race.key) ?? "") ?? d);
  }

  async #race(gpu: Gpu, open: readonly Race[]): Promise<void> {
    const { onProgress, onChosen } = this.#racing!;
    const found: Record<string, Choice> = {};
    for (const [i, { key, forms }] of open.entries()) {
      if (this.#left <= 0) break;
      onProgress?.(i, open.length);
      const began = performance.now();
      found[key] = {
        form: await gpu.exclusive(() => runRace(gpu, forms)),
        sources: sourcesHash(forms),
      };
      this.#table.set(key, found[key]);
      this.#left -= performance.now() - began;
    }
    if (Object.keys(found).length === 0) return;
    onProgress?.(open.length, open.length);
    await onChosen?.(found);
  }
}
