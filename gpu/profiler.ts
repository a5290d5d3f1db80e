import type { Gpu } from "./device.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Step } from "./step.ts";
import { encodeTimed, QUERIES } from "./profile.ts";
import { readback } from "./readback.ts";
import { Storage } from "./storage.ts";

/** Work of the host: times in ms as performance.now() has them. */
export interface HostSpan {
  /** What it did. */
  readonly name: string;
  /** When it began. */
  readonly began: number;
  /** How long it took. */
  readonly ms: number;
}

/** A dispatch as it ran: `began` on the host's clock, in ms. */
export interface GpuSpan {
  /** `KERNEL.ENTRY`. */
  readonly label: string;
  /** What ran. */
  readonly dispatch: Dispatch;
  /** When it began. */
  readonly began: number;
  /** How long it took. */
  readonly ms: number;
  /** Whether its plan ran for the first time, when drivers compile. */
  readonly first: boolean;
}

/** What a profiler saw. */
export interface Profile {
  /** Named parts of the job, which follow each other. */
  readonly phases: readonly HostSpan[];
  /** What the host did in them: compiling, encoding and submitting. */
  readonly host: readonly HostSpan[];
  /** Every dispatch that was timed, in order. */
  readonly gpu: readonly GpuSpan[];
  /** Dispatches that were not timed, because enough of them were. */
  readonly missed: number;
}

interface Batch {
  readonly steps: readonly Step[];
  readonly first: boolean;
  readonly submitted: number;
  readonly stamps: GPUBuffer;
}

const MOST = 50_000; // dispatches, about 20 MB of trace
const COPY_SRC = 0x4;
const QUERY_RESOLVE = 0x200;

/**
 * Times every dispatch of a device's plans, each in a pass of its own, until
 * it has seen 50,000 of them; set it as `gpu.profiler`. Short kernels cost
 * about three times as much while it watches. Throws if the adapter has no
 * timestamp queries.
 *
 * @example
 * ```ts
 * import { fromArray, gelu, openGpu, record } from "@qvgen/qvgen";
 * import { Profiler, profileTable } from "@qvgen/qvgen/gpu";
 *
 * using gpu = await openGpu();
 * gpu.profiler = new Profiler(gpu);
 * const x = fromArray(gpu, [2], [-1, 1]);
 * using plan = await record(gpu, () => gelu(x).keep());
 * plan.run();
 * console.log(profileTable(await gpu.profiler.finish()));
 * ```
 */
export class Profiler {
  readonly #phases: HostSpan[] = [];
  readonly #host: HostSpan[] = [];
  readonly #batches: Batch[] = [];
  readonly #known = new WeakSet<Step>();
  #phase: { name: string; began: number } | undefined;
  #timed = 0;
  #missed = 0;

  /** Watches nothing until it is set as the profiler of `gpu`. */
  constructor(readonly gpu: Gpu) {
    if (gpu.traits.timestamps) return;
    throw new Error(
      "Cannot profile: the adapter has no timestamp queries (timestamp-query)",
    );
  }

  /** Ends the phase before and begins one of this name. */
  phase(name: string): void {
    this.#endPhase();
    this.#phase = { name, began: performance.now() };
  }

  /**
   * Keeps work of the host that began at `began` and ends now.
   * @internal
   */
  host(name: string, began: number): void {
    this.#host.push({ name, began, ms: performance.now() - began });
  }

  /**
   * Whether so many more dispatches are to be timed.
   * @internal
   */
  wants(count: number): boolean {
    if (this.#timed + count <= MOST) return true;
    this.#missed += count;
    return false;
  }

  /**
   * Encodes steps of a plan with timestamps and submits them.
   * @internal
   */
  submit(steps: readonly Step[]): void {
    const { device } = this.gpu;
    const encoder = device.createCommandEncoder();
    const began = performance.now();
    const first = steps.some((step) => !this.#known.has(step));
    const sets: GPUQuerySet[] = [];
    for (let from = 0; from < steps.length; from += QUERIES / 2) {
      const part = steps.slice(from, from + QUERIES / 2);
      const count = 2 * part.length;
      const querySet = device.createQuerySet({ type: "timestamp", count });
      const stamps = device.createBuffer({
        size: 8 * count,
        usage: QUERY_RESOLVE | COPY_SRC,
      });
      part.forEach((step, i) => encodeTimed(encoder, [step], querySet, i));
      encoder.resolveQuerySet(querySet, 0, count, stamps, 0);
      sets.push(querySet);
      this.#batches.push({ steps: part, first, submitted: began, stamps });
    }
    device.queue.submit([encoder.finish()]);
    for (const set of sets) set.destroy();
    for (const step of steps) this.#known.add(step);
    this.#timed += steps.length;
    this.host("submit", began);
  }

  /** Waits for all that was timed and gives it; the profiler starts anew. */
  async finish(): Promise<Profile> {
    this.#endPhase();
    const batches = this.#batches.splice(0);
    const stamps = await readStamps(this.gpu, batches);
    // The device's clock has a zero of its own; nothing begins before it was
    // submitted, and something begins soon after.
    const zero = stamps[0]?.[0] ?? 0n;
    const ms = (stamp: bigint) => Number(stamp - zero) / 1e6;
    const shift = batches.reduce(
      (most, { submitted }, b) =>
        Math.max(most, submitted - ms(stamps[b]![0]!)),
      -Infinity,
    );
    const gpu = batches.flatMap(({ steps, first }, b) =>
      steps.map(({ label, dispatch }, i): GpuSpan => {
        const [from, to] = [ms(stamps[b]![2 * i]!), ms(stamps[b]![2 * i + 1]!)];
        return { label, dispatch, began: shift + from, ms: to - from, first };
      })
    );
    const phases = this.#phases.splice(0);
    const host = this.#host.splice(0);
    const missed = this.#missed;
    [this.#timed, this.#missed] = [0, 0];
    return { phases, host, gpu, missed };
  }

  #endPhase(): void {
    if (!this.#phase) return;
    const { name, began } = this.#phase;
    this.#phases.push({ name, began, ms: performance.now() - began });
    this.#phase = undefined;
  }
}

async function readStamps(
  gpu: Gpu,
  batches: readonly Batch[],
): Promise<BigUint64Array[]> {
  const storages = batches.map(({ stamps }) => {
    const storage = new Storage(stamps.size);
    storage.settle(stamps, 0);
    return storage;
  });
  const data = await readback(gpu, storages);
  for (const { stamps } of batches) stamps.destroy();
  return data.map((bytes) => new BigUint64Array(bytes));
}
