/** One row that a contender measured; one JSON line of its output. */
export interface Line {
  readonly op: string;
  /** Milliseconds of one run, median and least. */
  readonly ms?: number;
  readonly least?: number;
  /** The first call, which builds the kernels. */
  readonly first?: number;
  /** Milliseconds of one run on the device. */
  readonly device?: number;
  /** What is not a time. */
  readonly value?: number;
  /** Why there is no number. */
  readonly error?: string;
}

const BUDGET_MS = Number(Deno.args[0] ?? 1500);
const SLOW_MS = 5000; // what takes longer runs once

/** Prints a line for the program that started this one. */
export function report(line: Line): void {
  console.log(JSON.stringify(line));
}

/** Milliseconds since the process began, when its first result was read. */
export function coldStart(): void {
  report({ op: "cold start", ms: performance.now() });
}

/** How a row is timed. */
export interface Timing {
  /** Runs that one call of `run` may start before it waits; the time is of one. */
  readonly times?: number;
  /** Runs that every call starts. */
  readonly repeats?: number;
  /** Milliseconds of one on the device, where they are known. */
  readonly device?: number;
}

/** Times `run`, which starts so many runs and waits for all of them. */
export async function time(
  op: string,
  run: (times: number) => Promise<unknown>,
  { times = 1, repeats = 1, device }: Timing = {},
): Promise<void> {
  try {
    const first = await once(run, 1);
    const all: number[] = [];
    const end = performance.now() + BUDGET_MS;
    const least = first > SLOW_MS ? 1 : 2;
    while (all.length < least || performance.now() < end && all.length < 15) {
      all.push(await once(run, times) / times / repeats);
    }
    all.sort((a, b) => a - b);
    const ms = all[all.length >> 1]!;
    report({
      op,
      ms,
      least: all[0]!,
      first,
      ...(device !== undefined && { device }),
    });
  } catch (error) {
    report({ op, error: String(error).slice(0, 200) });
  }
}

async function once(
  run: (times: number) => Promise<unknown>,
  times: number,
): Promise<number> {
  const start = performance.now();
  await run(times);
  return performance.now() - start;
}
