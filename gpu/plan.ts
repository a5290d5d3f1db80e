import type { Gpu } from "./device.ts";
import { type KernelTime, profile } from "./profile.ts";
import type { Placement } from "./pool.ts";
import type { Dispatch, Storage } from "./record.ts";

/** A dispatch with its pipeline and buffers bound. */
export interface Step {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly offsets: readonly number[];
  readonly groups: readonly [number, number, number];
}

/** Recorded work with its buffers bound: run() only encodes and submits. */
export class Plan implements Disposable {
  private constructor(
    readonly gpu: Gpu,
    /** @internal */
    readonly steps: readonly Step[],
    /** @internal */
    readonly placement: Placement,
    readonly uniforms: GPUBuffer | undefined,
  ) {}

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
    const pipelines = await Promise.all(
      list.map((d) => gpu.pipeline(d.kernel, d.constants)),
    );
    gpu.device.pushErrorScope("out-of-memory");
    gpu.device.pushErrorScope("validation");
    const { offsets, uniforms } = writeUniforms(gpu, list);
    const placement = gpu.pool.placement();
    const bound = place(gpu, list, placement);
    const steps = list.map((d, i): Step => ({
      label: `${d.kernel.label}.${d.kernel.entry}`,
      pipeline: pipelines[i]!,
      group: bindGroup(gpu, d, pipelines[i]!, bound[i]!, uniforms),
      offsets: d.kernel.uniform ? [offsets[i]!] : [],
      groups: d.groups,
    }));
    const invalid = await gpu.device.popErrorScope();
    const full = await gpu.device.popErrorScope();
    if (full) {
      throw new Error(
        `The GPU is out of memory: the plan needs ${placement.plannedBytes} bytes beside ${gpu.pool.bytes.pinned} pinned ones (${full.message})`,
      );
    }
    if (invalid) throw new Error(`Cannot bind a plan: ${invalid.message}`);
    return new Plan(gpu, steps, placement, uniforms);
  }

  /** Encodes everything into one pass and submits it; does not wait. */
  run(): void {
    this.gpu.check();
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const step of this.steps) encodeStep(pass, step);
    pass.end();
    this.gpu.device.queue.submit([encoder.finish()]);
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

export function encodeStep(pass: GPUComputePassEncoder, step: Step): void {
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.group, step.offsets as number[]);
  pass.dispatchWorkgroups(...step.groups);
}

/** All parameters of a plan in one buffer, equal ones once. */
function writeUniforms(gpu: Gpu, list: readonly Dispatch[]) {
  const align = gpu.device.limits.minUniformBufferOffsetAlignment;
  const places = new Map<string, number>();
  const blocks: Uint8Array[] = [];
  let end = 0;
  const offsets = list.map(({ params }) => {
    const key = params.join();
    const known = places.get(key);
    if (known !== undefined) return known;
    const at = end;
    places.set(key, at);
    blocks.push(params);
    end = Math.ceil((at + params.length) / align) * align;
    return at;
  });
  if (end === 0) return { offsets, uniforms: undefined };
  const data = new Uint8Array(end);
  const starts = [...places.values()];
  blocks.forEach((block, i) => data.set(block, starts[i]));
  const uniforms = gpu.device.createBuffer({
    label: "params",
    size: end,
    usage: 0x40 | 0x8, // UNIFORM | COPY_DST
  });
  gpu.device.queue.writeBuffer(uniforms, 0, data);
  return { offsets, uniforms };
}

/** Gives every storage a buffer; transients give theirs back after their last use. */
function place(
  gpu: Gpu,
  list: readonly Dispatch[],
  placement: Placement,
): ReadonlyMap<string, GPUBuffer>[] {
  const lastUse = new Map<Storage, number>();
  list.forEach((d, i) => d.storages.forEach((s) => lastUse.set(s, i)));
  const transient = new Map<Storage, GPUBuffer>();
  return list.map((d, i) => {
    const bound = new Map<string, GPUBuffer>();
    for (const [name, s] of d.storages) {
      if (s.pinned) {
        bound.set(name, s.buffer ??= gpu.pool.pin(s.bytes));
        continue;
      }
      let buffer = transient.get(s);
      if (!buffer) transient.set(s, buffer = placement.take(s.bytes));
      bound.set(name, buffer);
    }
    for (const s of new Set(d.storages.values())) {
      if (!s.pinned && lastUse.get(s) === i) placement.give(transient.get(s)!);
    }
    return bound;
  });
}

function bindGroup(
  gpu: Gpu,
  d: Dispatch,
  pipeline: GPUComputePipeline,
  bound: ReadonlyMap<string, GPUBuffer>,
  uniforms: GPUBuffer | undefined,
): GPUBindGroup {
  const entries = d.kernel.bindings.map((b): GPUBindGroupEntry => {
    const { bytes, offset } = d.storages.get(b.name)!;
    // The exact size, so that arrayLength() tells the tensor's.
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    const buffer = bound.get(b.name)!;
    return { binding: b.index, resource: { buffer, offset, size } };
  });
  const { uniform } = d.kernel;
  if (uniform) {
    entries.push({
      binding: uniform.index,
      resource: { buffer: uniforms!, size: uniform.bytes },
    });
  }
  return gpu.device.createBindGroup({
    label: d.kernel.label,
    layout: pipeline.getBindGroupLayout(0),
    entries,
  });
}
