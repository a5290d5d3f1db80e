import type { Gpu } from "./device.ts";
import type { Dispatch, Race } from "./dispatch.ts";
import { runRace } from "./race.ts";
import {
  type Choice,
  chosenForm,
  sourcesHash,
  type TuningTable,
} from "./tuning_table.ts";

/** How races are run for what a table lacks. */
export interface RaceOptions {
  /** Milliseconds that races may take in all; what is left takes its first form. */
  readonly budget?: number;
  /** Told before each of the `total` races of a plan, and after the last. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of the winners before the plan that they are for is compiled. */
  readonly onChosen?: (winners: TuningTable) => void | Promise<void>;
}

const BUDGET = 60_000;

/**
 * Which form of a kernel serves which sizes; set it as `gpu.tuning`. A table
 * answers; what it lacks is raced where races are asked for and the adapter has
 * timestamp queries, else takes its first form.
 *
 * @example
 * ```ts
 * import { fromArray, linear, openGpu, record } from "@qvgen/qvgen";
 * import { Tuning } from "@qvgen/qvgen/gpu";
 *
 * using gpu = await openGpu();
 * gpu.tuning = new Tuning({}, { budget: 5000 });
 * const [x, w] = [64, 32].map((n) => fromArray(gpu, [n, 16], Array(16 * n)));
 * using plan = await record(gpu, () => linear(x!, w!).keep());
 * const known = gpu.tuning.used; // { "matmul 64 x 16 x 32": { form: ... } }
 * gpu.tuning = new Tuning(known); // from here on nothing is raced
 * ```
 */
export class Tuning {
  readonly #table: Map<string, Choice>;
  readonly #used = new Map<string, Choice>();
  #left: number;
  /** Told which form could not be built and why, before the next one is taken. */
  onRefused: ((message: string) => void) | undefined;

  /** Nothing is raced without `races`. */
  constructor(table: TuningTable, readonly races?: RaceOptions) {
    this.#table = new Map(Object.entries(table));
    this.#left = races?.budget ?? BUDGET;
  }

  /** What the plans so far were compiled with, first forms included. */
  get used(): TuningTable {
    return Object.fromEntries(this.#used);
  }

  /**
   * The list with every dispatch in the form to take.
   * @internal
   */
  async resolve(gpu: Gpu, list: readonly Dispatch[]): Promise<Dispatch[]> {
    const races = new Map<string, Race>();
    for (const { race } of list) if (race) races.set(race.key, race);
    const winner = (race: Race) => chosenForm(race, this.#table.get(race.key));
    if (this.races && gpu.traits.timestamps) {
      const open = [...races.values()].filter((race) =>
        race.forms.size > 1 && !winner(race)
      );
      await this.#race(gpu, this.races, open);
    }
    const forms = await Promise.all(
      [...races.values()].map((race) =>
        this.#firstThatBuilds(gpu, race, winner(race))
      ),
    );
    for (const [i, [key, race]] of [...races].entries()) {
      this.#used.set(key, {
        form: forms[i]!,
        sources: sourcesHash(race.forms),
      });
    }
    return list.map((d) =>
      d.race?.forms.get(this.#used.get(d.race.key)!.form) ?? d
    );
  }

  /** The form to take, or the next one where a driver does not build it. */
  async #firstThatBuilds(
    gpu: Gpu,
    { key, forms }: Race,
    wanted: string | undefined,
  ): Promise<string> {
    const names = [...new Set([...wanted ? [wanted] : [], ...forms.keys()])];
    for (const name of names.slice(0, -1)) {
      const { kernel, constants } = forms.get(name)!;
      try {
        await gpu.pipeline(kernel, constants);
        return name;
      } catch (error) {
        gpu.checkLost();
        this.#refuse(key, name, error as Error);
      }
    }
    return names.at(-1)!; // says itself what is wrong, if it is
  }

  #refuse(key: string, form: string, { message }: Error): void {
    this.onRefused?.(`${key} goes on without ${form}: ${message}`);
  }

  async #race(
    gpu: Gpu,
    { onProgress, onChosen }: RaceOptions,
    open: readonly Race[],
  ): Promise<void> {
    const winners: Record<string, Choice> = {};
    for (const [i, { key, forms }] of open.entries()) {
      if (this.#left <= 0) break;
      onProgress?.(i, open.length);
      const began = performance.now();
      const form = await gpu.exclusive(() =>
        runRace(gpu, forms, (name, error) => this.#refuse(key, name, error))
      );
      winners[key] = { form, sources: sourcesHash(forms) };
      this.#table.set(key, winners[key]);
      this.#left -= performance.now() - began;
    }
    if (Object.keys(winners).length === 0) return;
    onProgress?.(open.length, open.length);
    await onChosen?.(winners);
  }
}
