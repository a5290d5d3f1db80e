import { place, writeUniforms } from "./bind.ts";
import type { Gpu } from "./device.ts";
import { type Dispatch, dispatchLabel } from "./dispatch.ts";
import { Pacing } from "./pacing.ts";
import { pageTurns, type Turn } from "./paging.ts";
import { pinnedOf, PinnedValues } from "./pinned_values.ts";
import type { Placement } from "./pool.ts";
import { type KernelTime, profile } from "./profile.ts";
import { encodeStep, type Step } from "./step.ts";

const MEASURED_RUNS = 3; // the first compiles, the second shows how long parts take

/** Recorded work with its buffers bound: running it only encodes and submits. */
export class Plan implements Disposable {
  readonly #pacing: Pacing;
  readonly #turns: readonly Turn[];
  readonly #values: PinnedValues;
  #runs = 0;

  private constructor(
    readonly gpu: Gpu,
    /** @internal */
    readonly steps: readonly Step[],
    /** @internal */
    readonly placement: Placement,
    readonly uniforms: GPUBuffer | undefined,
  ) {
    this.#pacing = new Pacing(steps.length);
    this.#turns = pageTurns(steps.map((step) => step.dispatch));
    this.#values = new PinnedValues(steps.map((step) => step.dispatch));
  }

  /** Bytes of the transient buffers, shared with other plans of this device. */
  get plannedBytes(): number {
    return this.placement.plannedBytes;
  }

  /** What the transients would take without reuse. */
  get requestedBytes(): number {
    return this.placement.requestedBytes;
  }

  /** @internal */
  static async compile(gpu: Gpu, list: readonly Dispatch[]): Promise<Plan> {
    gpu.check();
    const began = performance.now();
    const pipelines = await Promise.all(
      list.map((d) => gpu.pipeline(d.kernel, d.constants)),
    );
    gpu.profiler?.host("compile", began);
    const placement = gpu.pool.placement();
    let uniforms: GPUBuffer | undefined;
    try {
      const steps = await checked(gpu, list, placement, () => {
        const written = writeUniforms(gpu, list);
        uniforms = written.uniforms;
        const groups = place(gpu, list, pipelines, placement, uniforms);
        return list.map((d, i): Step => ({
          label: dispatchLabel(d),
          dispatch: d,
          pipeline: pipelines[i]!,
          group: groups[i]!,
          offsets: d.kernel.uniform ? [written.offsets[i]!] : [],
          groups: d.groups,
        }));
      });
      return new Plan(gpu, steps, placement, uniforms);
    } catch (error) {
      placement[Symbol.dispose]();
      uniforms?.destroy();
      throw error;
    }
  }

  /**
   * Encodes everything into one pass and submits it; does not wait. Throws for
   * a plan of paged weights, which must be waited for: see `runInParts`.
   */
  run(): void {
    if (this.#turns.length > 0) {
      throw new Error("Cannot run a plan of paged weights but in parts");
    }
    this.gpu.checkTurn();
    this.#values.check();
    this.#submit(this.steps);
    this.#values.noteRun();
  }

  /**
   * As `run`, in several submissions where one would take longer than about a
   * quarter of a second, with a turn of the event loop between them: a slow
   * adapter leaves the terminal or page alive. Results are the same. The first
   * runs are waited for to learn how long the parts take; later ones are not.
   */
  async runInParts(): Promise<void> {
    await this.gpu.exclusive(async () => {
      this.#values.check();
      if (this.#turns.length > 0) await this.#runPaged();
      else await this.#runInParts();
      this.#values.noteRun();
    });
  }

  /** Runs the steps of one page after the other; the next is read while the GPU works on the last. */
  async #runPaged(): Promise<void> {
    let from = 0;
    for (const { end, need, pacing } of this.#turns) {
      await need();
      await this.#runPart(pacing, from);
      from = end;
    }
    this.#runs++;
  }

  async #runInParts(): Promise<void> {
    const longest = await this.#runPart(this.#pacing, 0);
    const tooLong = ++this.#runs > MEASURED_RUNS && Pacing.isTooLong(longest);
    if (tooLong) this.#runs = MEASURED_RUNS - 1;
  }

  /** Submits the steps of a pacing, which begin at `first`, part by part; the ms of each. */
  async #runPart(pacing: Pacing, first: number): Promise<number[]> {
    const measured = this.#runs < MEASURED_RUNS;
    const ms: number[] = [];
    let from = 0;
    for (const end of pacing.ends) {
      if (from > 0 && !measured) await turn();
      const began = performance.now();
      this.#submit(this.steps.slice(first + from, first + end));
      if (measured) await this.gpu.idle();
      ms.push(performance.now() - began);
      from = end;
    }
    if (measured) pacing.note(ms);
    return ms;
  }

  #submit(steps: readonly Step[]): void {
    const { device, profiler } = this.gpu;
    this.gpu.check();
    if (profiler?.wants(steps.length)) return profiler.submit(steps);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const step of steps) encodeStep(pass, step);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /**
   * Runs once, as `run` does and with the same effects, with a timestamped pass
   * for each dispatch; sums by kernel, slowest first. Throws for a plan of
   * paged weights, which a Profiler times.
   */
  async profile(): Promise<KernelTime[]> {
    if (this.#turns.length > 0) {
      throw new Error(
        "Cannot profile a plan of paged weights: set gpu.profiler and run it in parts",
      );
    }
    return await this.gpu.exclusive(async () => {
      this.#values.check();
      const times = await profile(this.gpu, this.steps);
      this.#values.noteRun();
      return times;
    });
  }

  /** Gives the transient buffers back to the pool. */
  [Symbol.dispose](): void {
    this.placement[Symbol.dispose]();
    this.uniforms?.destroy();
  }
}

/** What `bind` makes; throws what the device says against it, and takes pinned memory back. */
async function checked<T>(
  gpu: Gpu,
  list: readonly Dispatch[],
  placement: Placement,
  bind: () => T,
): Promise<T> {
  const { device, pool } = gpu;
  const unplaced = pinnedOf(list).filter(({ buffer }) => !buffer);
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let made: T | undefined;
  let thrown: unknown;
  try {
    made = bind();
  } catch (error) {
    thrown = error;
  }
  // Both at once: what others push while this waits is theirs.
  const scopes = [device.popErrorScope(), device.popErrorScope()];
  const [invalid, full] = await gpu.attempt(Promise.all(scopes));
  if (made !== undefined && !full && !invalid) return made;
  const { plannedBytes } = placement;
  for (const storage of unplaced) {
    if (storage.ownership === "owned") storage.unplace();
  }
  gpu.check();
  if (full) {
    throw new Error(
      `The GPU is out of memory: the plan needs ${plannedBytes} bytes beside ${pool.bytes.pinned} pinned ones (${full.message})`,
    );
  }
  if (invalid) throw new Error(`Cannot bind a plan: ${invalid.message}`);
  throw thrown;
}

/** Resolves once timers and signals have had their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
