import { InputError } from "../../core/errors.ts";
import { camelCase, renameKeys, snakeCase } from "../../core/mapping.ts";

/** What is known of one training step; snake_case in the file. */
export interface StepMetrics {
  /** Steps done, this one included: the first step is 1. */
  readonly step: number;
  readonly loss: number;
  /** Global gradient norm before it is limited. */
  readonly gradNorm: number;
  /** Rank of Phi, 0 when it is gone. */
  readonly rank: number;
  /** Factor of the columns of Phi that this phase removes. */
  readonly gamma: number;
  /** Learning rate of the weights. */
  readonly lr: number;
  /** Wall time of the step in milliseconds. */
  readonly ms: number;
  /** Gradient norms by parameter group, before it is limited. */
  readonly norms?: Readonly<Record<string, number>>;
  /** Learning rates by parameter group. */
  readonly lrs?: Readonly<Record<string, number>>;
}

const BATCH = 16; // lines between two waits for the disk

function lineOf(metrics: StepMetrics): string {
  return JSON.stringify(renameKeys(metrics, snakeCase)) + "\n";
}

function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += file.writeSync(bytes.subarray(at));
  }
  file.syncDataSync();
}

/** The steps of a metrics.jsonl in order; a last line cut short is left out. */
export function readMetrics(path: string): StepMetrics[] {
  const lines = Deno.readTextFileSync(path).split("\n");
  lines.pop(); // empty, or written only in part when the run was killed
  return lines.map((line, i) => {
    try {
      // JSON has no NaN: a number that is not finite was written as null.
      return renameKeys(
        JSON.parse(line, (_, value) => value ?? NaN),
        camelCase,
      ) as StepMetrics;
    } catch {
      throw new InputError(
        `Metrics ${path}:${i + 1}: found ${line}, accepted a JSON object`,
      );
    }
  });
}

/** The steps so far; none where somebody removed the file. */
function existing(path: string): StepMetrics[] {
  try {
    return readMetrics(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Appends steps to a metrics.jsonl, safely on disk in batches. */
export class MetricsLog implements Disposable {
  readonly #file: Deno.FsFile;
  #pending: string[] = [];

  /** A new file, or one that goes on after `lastStep`: later lines are dropped. */
  constructor(path: string, lastStep = 0) {
    const kept = lastStep === 0
      ? []
      : existing(path).filter(({ step }) => step <= lastStep);
    const fresh = `${path}.tmp`; // so that a kill leaves the old lines or the new
    {
      using file = Deno.openSync(fresh, {
        write: true,
        create: true,
        truncate: true,
      });
      writeAll(file, kept.map(lineOf).join(""));
    }
    Deno.renameSync(fresh, path);
    this.#file = Deno.openSync(path, { append: true });
  }

  /** Adds a step; it is on disk after some more of them, or after flush(). */
  append(metrics: StepMetrics): void {
    this.#pending.push(lineOf(metrics));
    if (this.#pending.length >= BATCH) this.flush();
  }

  /** Waits until all steps so far are on disk. */
  flush(): void {
    if (this.#pending.length === 0) return;
    writeAll(this.#file, this.#pending.join(""));
    this.#pending = [];
  }

  /** Flushes and closes the file. */
  [Symbol.dispose](): void {
    this.flush();
    this.#file.close();
  }
}
