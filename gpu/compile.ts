import type { Gpu } from "./device.ts";
import type { Kernel } from "./kernel.ts";
import { scoped } from "./scopes.ts";
import { type Constants, specialize } from "./specialize.ts";

/**
 * Builds the pipeline of a kernel; a mistake in its WGSL is thrown with its
 * label and place, and concerns nobody else.
 */
export async function compile(
  gpu: Gpu,
  k: Kernel,
  constants: Constants,
): Promise<GPUComputePipeline> {
  gpu.checkLost();
  const { device, prefix } = gpu;
  const label = `${k.label}.${k.entry}`;
  const lines = prefix.split("\n").length - 1;
  const { made: [module, pipeline], error: refused } = scoped(device, () => {
    const module = device.createShaderModule({
      label,
      code: prefix + specialize(k.source, constants),
    });
    const pipeline = device.createComputePipeline({
      label,
      layout: device.createPipelineLayout({
        bindGroupLayouts: [device.createBindGroupLayout({
          label,
          entries: layoutEntries(k),
        })],
      }),
      compute: { module, entryPoint: k.entry },
    });
    return [module, pipeline];
  });
  const [{ messages }, invalid] = await gpu.attempt(
    Promise.all([module.getCompilationInfo(), refused]),
  );
  const error = messages.find(({ type }) => type === "error");
  if (error) {
    throw new Error(
      `Cannot build ${label}: line ${
        error.lineNum - lines
      }:${error.linePos} ${error.message.trim()}`,
    );
  }
  if (invalid) throw new Error(`Cannot build ${label}: ${invalid.message}`);
  return pipeline;
}

function layoutEntries(k: Kernel): GPUBindGroupLayoutEntry[] {
  const visibility = GPUShaderStage.COMPUTE;
  const entries: GPUBindGroupLayoutEntry[] = k.bindings.map((b) => ({
    binding: b.index,
    visibility,
    buffer: { type: b.access === "read" ? "read-only-storage" : "storage" },
  }));
  if (k.uniform) {
    entries.push({
      binding: k.uniform.index,
      visibility,
      buffer: { type: "uniform", hasDynamicOffset: true },
    });
  }
  return entries;
}
