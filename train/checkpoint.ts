import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { writeSafetensors } from "../io/safetensors_writer.ts";
import {
  checkSettings,
  OtherSettings,
  parseSettings,
} from "./config/resumed_settings.ts";
import type { AdamW } from "./optim/optimizer.ts";
import { exportState, importState } from "./optim/optimizer_state.ts";

/** Checkpoints of a run that are kept. */
const KEEP = 2;

const NAME = /^step-(\d+)\.safetensors$/;

/** A checkpoint on disk: `steps` optimiser steps were done. */
export interface SavedStep {
  readonly path: string;
  readonly steps: number;
}

/** The checkpoints of a run, oldest first. */
export async function listCheckpoints(folder: string): Promise<SavedStep[]> {
  const found: SavedStep[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const steps = NAME.exec(name)?.[1];
      if (steps) found.push({ path: join(folder, name), steps: Number(steps) });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort((a, b) => a.steps - b.steps);
}

/**
 * The checkpoints of one run, weights and optimiser state, of which the newest
 * two are kept. What the run neither wrote nor went on from is left alone.
 */
export class RunCheckpoints {
  #own: SavedStep[] = [];

  /** `settings`: the run's config in YAML, with which a resumed run is compared. */
  constructor(readonly folder: string, readonly settings: string) {}

  /** The checkpoints, oldest first; throws InputError if there is nothing to go on from. */
  async list(): Promise<SavedStep[]> {
    const saved = await listCheckpoints(this.folder);
    if (saved.length > 0) return saved;
    throw new InputError(
      `Flag --resume: found no checkpoint in ${this.folder}; begin without it`,
    );
  }

  /**
   * Writes the state after `steps` steps, atomically and one tensor at a time,
   * then drops the oldest. Throws before anything is replaced if a weight is
   * not finite, naming it.
   */
  async save(optimizer: AdamW, steps: number): Promise<string> {
    await Deno.mkdir(this.folder, { recursive: true });
    const name = `step-${String(steps).padStart(8, "0")}.safetensors`;
    const path = join(this.folder, name);
    await writeSafetensors(path, exportState(optimizer), {
      steps: String(steps),
      config: this.settings,
    });
    const others = this.#own.filter((saved) => saved.path !== path);
    const kept = [...others, { path, steps }];
    for (const { path } of kept.slice(0, -KEEP)) {
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
    this.#own = kept.slice(-KEEP);
    return path;
  }

  /**
   * Loads the newest checkpoint that is whole and returns the steps done;
   * `note` is told of those that are not. Throws InputError if there is none,
   * saying what is wrong with each, or if it was made with other settings.
   */
  async load(optimizer: AdamW, note: (text: string) => void): Promise<number> {
    const saved = await this.list();
    const faults: string[] = [];
    for (const [i, step] of [...saved.entries()].reverse()) {
      try {
        using file = await openStep(step);
        const before = parseSettings(step.path, file.metadata.get("config"));
        checkSettings(step.path, before, this.settings);
        await importState(optimizer, file);
        if (!file.checked) {
          note(`${step.path} is of an earlier version: it has no checksums`);
        }
        if (faults.length > 0) {
          note(`${faults.join("; ")}; goes on from ${step.path}`);
        }
        this.#own = saved.slice(0, i + 1).slice(-KEEP);
        return step.steps;
      } catch (error) {
        const unusable = error instanceof InputError;
        if (!unusable || error instanceof OtherSettings) throw error;
        faults.push(error.message);
      }
    }
    throw new InputError(faults.join("; "));
  }
}

/** Opens a checkpoint; InputError if it is not the one that its name says. */
async function openStep({ path, steps }: SavedStep): Promise<Checkpoint> {
  // Second moments of gradients without a limit may have any size.
  const file = await Checkpoint.open(path, { largest: Number.MAX_VALUE });
  const told = file.metadata.get("steps");
  if (Number(told) === steps) return file;
  file[Symbol.dispose]();
  throw new InputError(
    `Cannot read ${path}: it holds step ${
      told?.slice(0, 20) ?? "unknown"
    }, not ${steps}`,
  );
}
