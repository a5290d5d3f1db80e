import { place, writeUniforms } from "./bind.ts";
import type { Gpu } from "./device.ts";
import { type Dispatch, dispatchLabel } from "./dispatch.ts";
import { Pacing } from "./pacing.ts";
import { pageTurns, type Turn } from "./paging.ts";
import type { Placement } from "./pool.ts";
import { type KernelTime, profile } from "./profile.ts";

/** A dispatch with its pipeline and buffers bound. */
export interface Step {
  readonly label: string;
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly offsets: readonly number[];
  readonly groups: readonly [number, number, number];
}

const MEASURED_RUNS = 3; // the first compiles, the second shows how long parts take

/** Recorded work with its buffers bound: running it only encodes and submits. */
export class Plan implements Disposable {
  readonly #pacing: Pacing;
  readonly #turns: readonly Turn[];
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
    const began = performance.now();
    const pipelines = await Promise.all(
      list.map((d) => gpu.pipeline(d.kernel, d.constants)),
    );
    gpu.profiler?.host("compile", began);
    const placement = gpu.pool.placement();
    let uniforms: GPUBuffer | undefined;
    try {
      const steps = await checked(gpu, placement, () => {
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
    this.#submit(this.steps);
  }

  /**
   * As `run`, in several submissions where one would take longer than about a
   * quarter of a second, with a turn of the event loop between them: a slow
   * adapter leaves the terminal or page alive. Results are the same. The first
   * runs are waited for to learn how long the parts take; later ones are not.
   */
  async runInParts(): Promise<void> {
    await this.gpu.exclusive(() =>
      this.#turns.length > 0 ? this.#runPaged() : this.#runInParts()
    );
  }

  /** Page after page, each once it is there; reading the next goes beside the work on the last. */
  async #runPaged(): Promise<void> {
    let from = 0;
    for (const { end, need } of this.#turns) {
      await need();
      const ends = new Pacing(end - from).ends.map((n) => from + n);
      for (const part of ends) {
        this.#submit(this.steps.slice(from, part));
        from = part;
        if (from < end) await this.gpu.idle();
      }
    }
  }

  async #runInParts(): Promise<void> {
    const measured = ++this.#runs <= MEASURED_RUNS;
    const ms: number[] = [];
    let from = 0;
    for (const end of this.#pacing.ends) {
      if (from > 0 && !measured) await turn();
      const began = performance.now();
      this.#submit(this.steps.slice(from, end));
      if (measured) await this.gpu.idle();
      ms.push(performance.now() - began);
      from = end;
    }
    if (measured) this.#pacing.note(ms);
    else if (Pacing.isTooLong(ms)) this.#runs = MEASURED_RUNS - 1;
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

  /** Runs once with a timestamped pass for each dispatch; sums by kernel, slowest first. */
  profile(): Promise<KernelTime[]> {
    return profile(this.gpu, this.steps);
  }

  /** Gives the transient buffers back to the pool. */
  [Symbol.dispose](): void {
    this.placement[Symbol.dispose]();
    this.uniforms?.destroy();
  }
}

/** What `bind` makes; throws what the device says against it. */
async function checked<T>(
  { device, pool }: Gpu,
  placement: Placement,
  bind: () => T,
): Promise<T> {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let made: T;
  let invalid: GPUError | null = null;
  let full: GPUError | null = null;
  try {
    made = bind();
  } finally {
    invalid = await device.popErrorScope();
    full = await device.popErrorScope();
  }
  if (full) {
    throw new Error(
      `The GPU is out of memory: the plan needs ${placement.plannedBytes} bytes beside ${pool.bytes.pinned} pinned ones (${full.message})`,
    );
  }
  if (invalid) throw new Error(`Cannot bind a plan: ${invalid.message}`);
  return made;
}

/** Resolves once timers and signals have had their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export function encodeStep(pass: GPUComputePassEncoder, step: Step): void {
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.group, step.offsets as number[]);
  pass.dispatchWorkgroups(...step.groups);
}
