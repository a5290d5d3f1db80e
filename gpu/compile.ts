import type { Gpu } from "./device.ts";
import type { Kernel } from "./kernel.ts";
import { type Constants, specialize } from "./specialize.ts";

/** Builds the pipeline of a kernel; a mistake in its WGSL is thrown with its place. */
export async function compile(
  { device, prefix }: Gpu,
  k: Kernel,
  constants: Constants,
): Promise<GPUComputePipeline> {
  const label = `${k.label}.${k.entry}`;
  const lines = prefix.split("\n").length - 1;
  const module = device.createShaderModule({
    label,
    code: prefix + specialize(k.source, constants),
  });
  const [error] = (await module.getCompilationInfo()).messages.filter((m) =>
    m.type === "error"
  );
  if (error) {
    throw new Error(
      `kernels/${k.label}.wgsl:${
        error.lineNum - lines
      }:${error.linePos} ${error.message.trim()}`,
    );
  }
  device.pushErrorScope("validation");
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
  const scope = await device.popErrorScope();
  if (scope) throw new Error(`Cannot build ${label}: ${scope.message}`);
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
