import { place, writeUniforms } from "./bind.ts";
import type { Gpu } from "./device.ts";
import { type Dispatch, dispatchLabel } from "./dispatch.ts";
import { Pacing } from "./pacing.ts";
import { pageTurns, type Turn } from "./paging.ts";
import { pinnedOf, PinnedValues } from "./pinned_values.ts";
import { Placement } from "./pool.ts";
import { type KernelTime, profile } from "./profile.ts";
import { isOutOfMemory, scoped } from "./scopes.ts";
import { encodeStep, type Step } from "./step.ts";

const MEASURED_RUNS = 3; // the first compiles, the second shows how long parts take

/** Recorded work with its buffers bound: running it only encodes and submits. */
export class Plan implements Disposable {
  readonly #pacing: Pacing;
  readonly #turns: readonly Turn[];
  readonly #values: PinnedValues;
  #runs = 0;
  #disposed = false;

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
    this.#values = new PinnedValues(
      gpu.pool,
      steps.map((step) => step.dispatch),
    );
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
    gpu.checkLost();
    const began = performance.now();
    const pipelines = await Promise.all(
      list.map((d) => gpu.pipeline(d.kernel, d.constants)),
    );
    gpu.profiler?.host("compile", began);
    const placement = new Placement(gpu.pool);
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
    this.#checkReady();
    this.gpu.unwaited(
      this.#name,
      () => this.#submit(this.steps),
      (failure) => this.#values.noteFailure(failure),
    );
    this.#values.noteRun();
  }

  /**
   * As `run`, in several submissions where one would take longer than about a
   * quarter of a second, with a turn of the event loop between them: a slow
   * adapter leaves the terminal or page alive. Results are the same. The first
   * runs are waited for to learn how long the parts take; later ones are not.
   */
  async runInParts(): Promise<void> {
    await this.#waitedFor(() =>
      this.#turns.length > 0 ? this.#runPaged() : this.#runInParts()
    );
  }

  /** Does work in turn with others; its errors are those of this plan. */
  #waitedFor<T>(work: () => Promise<T>): Promise<T> {
    return this.gpu.exclusive(async () => {
      this.#checkReady();
      try {
        const result = await work();
        this.#values.noteRun();
        return result;
      } catch (error) {
        if (error instanceof Error) this.#values.noteFailure(error);
        throw error;
      }
    });
  }

  #checkReady(): void {
    this.gpu.checkLost();
    if (this.#disposed) {
      throw new Error("Cannot run a plan that was disposed of");
    }
    this.#values.check();
  }

  get #name(): string {
    const [first, last] = [this.steps[0]?.label, this.steps.at(-1)?.label];
    return `run a plan (${this.steps.length} dispatches, from ${first} to ${last})`;
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
    const { gpu } = this;
    const ms: number[] = [];
    const errors: Promise<GPUError | undefined>[] = [];
    let from = 0;
    for (const end of pacing.ends) {
      if (from > 0 && !measured) { // timers and signals have their turn
        await new Promise((resolve) => setTimeout(resolve));
      }
      const began = performance.now();
      const steps = this.steps.slice(first + from, first + end);
      errors.push(scoped(gpu.device, () => this.#submit(steps)).error);
      if (measured) await gpu.attempt(gpu.device.queue.onSubmittedWorkDone());
      ms.push(performance.now() - began);
      from = end;
    }
    const refused = (await Promise.all(errors)).find((error) => error);
    gpu.checkLost();
    if (refused) throw new Error(`Cannot ${this.#name}: ${refused.message}`);
    if (measured) pacing.note(ms);
    return ms;
  }

  #submit(steps: readonly Step[]): void {
    const { device, profiler } = this.gpu;
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
    return await this.#waitedFor(() => profile(this.gpu, this.steps));
  }

  /** Gives the transient buffers back to the pool, once. */
  [Symbol.dispose](): void {
    this.#disposed = true;
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
  const unplaced = pinnedOf(list).filter(({ buffer }) => !buffer);
  const takeBack = () => {
    for (const storage of unplaced) storage.unplace();
  };
  let bound: ReturnType<typeof scoped<T>>;
  try {
    bound = scoped(gpu.device, bind);
  } catch (error) {
    takeBack();
    throw error;
  }
  const refused = await gpu.attempt(bound.error);
  if (!refused) return bound.made;
  const { plannedBytes } = placement;
  takeBack();
  throw new Error(
    isOutOfMemory(refused)
      ? `The GPU is out of memory: the plan needs ${plannedBytes} bytes beside ${gpu.pool.bytes.pinned} pinned ones (${refused.message})`
      : `Cannot bind a plan: ${refused.message}`,
  );
}
