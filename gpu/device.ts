import { AdapterError } from "../core/errors.ts";
import { compile } from "./compile.ts";
import type { Kernel } from "./kernel.ts";
import { Pool } from "./pool.ts";
import type { Profiler } from "./profiler.ts";
import { scoped } from "./scopes.ts";
import { knownTable } from "./shipped_tunings.ts";
import type { Constants } from "./specialize.ts";
import type { Traits } from "./traits.ts";
import { Tuning } from "./tuning.ts";

/** Which GPU to open, and what of it to use. */
export interface GpuOptions {
  /** Which adapter to ask for; `cpu` asks for a software one. */
  readonly power?: "high-performance" | "low-power" | "cpu";
  /** Features to do without, so that fallbacks can be tested. */
  readonly without?: readonly ("subgroups" | "timestamp-query")[];
}

const WANTED = ["timestamp-query", "subgroups"] as const;
const LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/** Owns the device, its compiled pipelines and its buffers. */
export class Gpu implements Disposable {
  /** All its buffers; `pool.bytes` tells what they take. */
  readonly pool: Pool;
  /** Chooses among forms of a kernel for the plans recorded from here on. */
  tuning: Tuning;
  /** Times all that runs while it is set. */
  profiler: Profiler | undefined;
  readonly #pipelines = new Map<
    Kernel,
    Map<string, Promise<GPUComputePipeline>>
  >();
  #failure: Error | undefined;
  #lost: Error | undefined;
  #compiled = 0;
  #compileMs = 0;
  #compiling = 0;
  #compilingSince = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #taken = false;

  /** Called by `openGpu`. */
  constructor(
    readonly device: GPUDevice,
    readonly info: GPUAdapterInfo,
    readonly traits: Traits,
    readonly prefix: string,
  ) {
    this.pool = new Pool(device);
    this.tuning = new Tuning(knownTable(info) ?? {});
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { message } = (event as GPUUncapturedErrorEvent).error;
      if (/device is lost/i.test(message)) this.#lose(message);
      this.#failure ??= new Error(`The GPU reported: ${message}`);
    });
    device.lost.then(({ message }) => this.#lose(message));
    // Deno tells of the end of a device some turns later than it comes.
    const destroy = device.destroy.bind(device);
    device.destroy = () => {
      this.#lose("its device was destroyed");
      destroy();
    };
  }

  /**
   * Throws that the GPU was lost, if it was, else the first error that the
   * device reported of work that nobody waited for, as `run()` and `write()`:
   * once, since later work is not to blame.
   */
  check(): void {
    this.checkLost();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  /**
   * Throws that the GPU was lost, if it was.
   * @internal
   */
  checkLost(): void {
    if (this.#lost) throw this.#lost;
  }

  /**
   * What the device promised; says that the GPU was lost where it was.
   * @internal
   */
  async attempt<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve)); // news of a loss come a turn later
      throw this.#lost ?? error;
    } finally {
      this.checkLost();
    }
  }

  /**
   * Does work that nobody waits for. What the device says against it is thrown
   * by the next `check()`, `idle()` or read, and told to `onFailure`.
   * @internal
   */
  unwaited<T>(
    what: string,
    work: () => T,
    onFailure: (failure: Error) => void,
  ): T {
    this.checkLost();
    const { made, error } = scoped(this.device, work);
    error.then((found) => {
      if (!found) return;
      const failure = new Error(`Cannot ${what}: ${found.message}`);
      this.#failure ??= failure;
      onFailure(failure);
    });
    return made;
  }

  /**
   * Forgets a failure that was thrown elsewhere.
   * @internal
   */
  forgive(failure: Error): void {
    if (this.#failure === failure) this.#failure = undefined;
  }

  #lose(message: string): void {
    this.#lost ??= new Error(
      `The GPU was lost: ${message || "its device is gone"}; open it again`,
    );
  }

  /** Waits for all submitted work; throws what went wrong in it. */
  async idle(): Promise<void> {
    await this.attempt(this.device.queue.onSubmittedWorkDone());
    this.check();
  }

  /**
   * Waits for its turn, then for `work`: plans share the memory of transients,
   * so that nothing else may run between the parts of one.
   * @internal
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      this.#taken = true;
      return work();
    }).finally(() => this.#taken = false);
    this.#turn = result.catch(() => {});
    return result;
  }

  /**
   * Throws while somebody else has the turn.
   * @internal
   */
  checkTurn(): void {
    if (!this.#taken) return;
    throw new Error(
      "Cannot run a plan between the parts of another or of a large read: await that first",
    );
  }

  /**
   * How many pipelines were built so far, and the time in ms that it took;
   * drivers may put a part of the work off to the first run.
   */
  get compiled(): { pipelines: number; ms: number } {
    return { pipelines: this.#compiled, ms: this.#compileMs };
  }

  /**
   * The compiled form of a kernel with these constants, built once.
   * @internal
   */
  pipeline(k: Kernel, constants: Constants): Promise<GPUComputePipeline> {
    let built = this.#pipelines.get(k);
    if (!built) this.#pipelines.set(k, built = new Map());
    const key = JSON.stringify(constants);
    let pipeline = built.get(key);
    if (!pipeline) {
      built.set(key, pipeline = this.#compile(k, constants));
      pipeline.catch(() => built.delete(key)); // the next who asks is told anew
    }
    return pipeline;
  }

  async #compile(k: Kernel, constants: Constants) {
    // Several are built at once: counted is the time in which any of them is.
    if (this.#compiling++ === 0) this.#compilingSince = performance.now();
    try {
      const pipeline = await compile(this, k, constants);
      this.#compiled++;
      return pipeline;
    } finally {
      if (--this.#compiling === 0) {
        this.#compileMs += performance.now() - this.#compilingSince;
      }
    }
  }

  /** Gives the device back with everything on it. */
  [Symbol.dispose](): void {
    this.device.destroy();
  }
}

/**
 * Opens the GPU: asks for subgroups and timestamps even where they are not
 * listed (some drivers grant more than they list) and does without those that
 * are refused. Throws an AdapterError when there is no adapter at all.
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const { power, without = [] } = options;
  const adapter = await navigator.gpu?.requestAdapter(
    power === "cpu"
      ? { forceFallbackAdapter: true }
      : power
      ? { powerPreference: power }
      : {},
  );
  if (!adapter) {
    throw new AdapterError(
      `Cannot open a GPU: no WebGPU adapter was found${
        power ? ` for ${power}` : ""
      }; install the Vulkan driver of your GPU, or Mesa's software driver (Debian: apt-get install mesa-vulkan-drivers)`,
    );
  }
  const { device, features } = await requestDevice(
    adapter,
    WANTED.filter((f) => !without.includes(f)),
  );
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = adapter.info;
  const subgroups = features.includes("subgroups");
  const traits: Traits = {
    subgroupSize: subgroups && subgroupMinSize === subgroupMaxSize
      ? subgroupMinSize
      : 0,
    timestamps: features.includes("timestamp-query"),
    software: adapter.info.isFallbackAdapter ?? false,
    maxBindingBytes: device.limits.maxStorageBufferBindingSize,
    maxGroups: device.limits.maxComputeWorkgroupsPerDimension,
  };
  const enable = "enable subgroups;\n";
  const prefix = subgroups && await accepts(device, enable) ? enable : "";
  return new Gpu(device, adapter.info, traits, prefix);
}

/** Chromium wants `enable subgroups;`, Deno's compiler refuses it: try. */
async function accepts(device: GPUDevice, code: string): Promise<boolean> {
  const { made, error } = scoped(
    device,
    () => device.createShaderModule({ code }),
  );
  const { messages } = await made.getCompilationInfo();
  return !await error && messages.every((m) => m.type !== "error");
}

async function requestDevice(
  adapter: GPUAdapter,
  wanted: readonly string[],
): Promise<{ device: GPUDevice; features: readonly string[] }> {
  const requiredLimits = Object.fromEntries(
    LIMITS.map((name) => [name, adapter.limits[name]]),
  );
  // A refusal does not say of which: one is given up, then another, then both.
  const sets = wanted.reduce<string[][]>(
    (all, f) => all.flatMap((set) => [[...set, f], set]),
    [[]],
  ).sort((a, b) => b.length - a.length);
  let refusal: unknown;
  for (const features of sets) {
    try {
      const device = await adapter.requestDevice({
        requiredFeatures: features as GPUFeatureName[],
        requiredLimits,
      });
      return { device, features };
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}
