import type { Gpu } from "./device.ts";
import type { Kernel } from "./kernel.ts";
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
  gpu.check();
  const { device, prefix } = gpu;
  const label = `${k.label}.${k.entry}`;
  const lines = prefix.split("\n").length - 1;
  // Scopes are a stack of the device: nothing may be awaited inside of one.
  device.pushErrorScope("validation");
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
  const scope = device.popErrorScope();
  const [{ messages }, invalid] = await gpu.attempt(
    Promise.all([module.getCompilationInfo(), scope]),
  );
  gpu.check();
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
