import type { Gpu } from "./device.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Placement } from "./pool.ts";
import type { Storage } from "./storage.ts";

/** All parameters of a plan in one buffer, equal ones once. */
export function writeUniforms(
  gpu: Gpu,
  list: readonly Dispatch[],
): { offsets: number[]; uniforms: GPUBuffer | undefined } {
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

/**
 * Gives every storage a buffer and binds them; transients give theirs back
 * after their last use.
 */
export function place(
  gpu: Gpu,
  list: readonly Dispatch[],
  pipelines: readonly GPUComputePipeline[],
  placement: Placement,
  uniforms: GPUBuffer | undefined,
): GPUBindGroup[] {
  const lastUse = new Map<Storage, number>();
  list.forEach((d, i) => d.storages.forEach((s) => lastUse.set(s, i)));
  const transient = new Map<Storage, GPUBuffer>();
  return list.map((d, i) => {
    const bound = new Map<string, GPUBuffer>();
    for (const [name, s] of d.storages) {
      if (s.pinned) {
        bound.set(name, s.place(gpu.pool));
        continue;
      }
      let buffer = transient.get(s);
      if (!buffer) transient.set(s, buffer = placement.take(s.bytes));
      bound.set(name, buffer);
    }
    for (const s of new Set(d.storages.values())) {
      if (!s.pinned && lastUse.get(s) === i) placement.give(transient.get(s)!);
    }
    return bindGroup(gpu, d, pipelines[i]!, bound, uniforms);
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
