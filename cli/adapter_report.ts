import { jsonText } from "./json_text.ts";
import { bytesText } from "./units.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import type { Traits } from "../gpu/traits.ts";

/** Limits that decide what runs and how. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

/**
 * The adapter that other tasks take by default, as text or as one JSON object;
 * AdapterError where there is none.
 */
export async function adapterReport(json: boolean): Promise<string[]> {
  using gpu = await openGpu();
  const { info, device, traits } = gpu;
  const features = [...device.features].sort();
  const limits = Object.fromEntries(
    LIMITS.map((name) => [name, device.limits[name]]),
  );
  const about = {
    adapter: info.description, // names the driver where the system tells it
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    software: traits.software,
    subgroups: traits.subgroupSize,
  };
  const versions = {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    system: `${Deno.build.os} ${Deno.build.arch}`,
  };
  const means = meanings(gpu);
  if (json) {
    return [jsonText({ ...about, features, limits, versions, means })];
  }
  const named = (object: Record<string, unknown>) =>
    Object.entries(object).filter(([, value]) => value !== "")
      .map(([name, value]) => `  ${name}: ${value}`);
  return [
    "adapter",
    ...named(about),
    "features",
    `  ${features.join(" ")}`,
    "limits",
    ...named(
      Object.fromEntries(
        LIMITS.map((name) => [name, limitText(name, limits[name]!)]),
      ),
    ),
    "versions",
    ...named(versions),
    "what this means",
    ...means.map((line) => `  ${line}`),
  ];
}

/** A limit for reading: bytes with their unit, counts with commas. */
function limitText(name: typeof LIMITS[number], limit: number): string {
  return /BufferSize|BindingSize|StorageSize/.test(name)
    ? bytesText(limit)
    : limit.toLocaleString("en-US");
}

/** What is chosen on this adapter because of what it can do, in sentences. */
function meanings(
  { traits, device: { limits } }: {
    readonly traits: Traits;
    readonly device: Pick<Gpu["device"], "limits">;
  },
): string[] {
  return [
    traits.software
      ? "The adapter is a CPU: expect minutes where a GPU takes seconds"
      : "The adapter is a GPU",
    traits.subgroupSize > 0
      ? `Subgroups of ${traits.subgroupSize} lanes: sums and products are shared within them`
      : "No subgroups of one fixed width: sums and products go through workgroup memory",
    traits.timestamps
      ? "Timestamps: kernels are timed on the device"
      : "No timestamps: kernels cannot be timed one by one",
    `A kernel sees at most ${
      bytesText(limits.maxStorageBufferBindingSize)
    } of a tensor at once, a buffer holds ${bytesText(limits.maxBufferSize)}`,
  ];
}
