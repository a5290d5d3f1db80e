import { assert, assertEquals } from "@std/assert";
import { type Gpu, openGpu } from "../gpu/device.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { specialize } from "../gpu/specialize.ts";
import type { RowKernel } from "./lib/rows.ts";

/** Names of the files of a folder beside this test. */
function names(folder: string, ending: RegExp): string[] {
  return [...Deno.readDirSync(new URL(folder, import.meta.url))]
    .map(({ name }) => folder + name).filter((name) => ending.test(name));
}

/** The sources of what a module exports: kernels, their forms, tables of them. */
function* sources(value: unknown): Generator<[label: string, source: string]> {
  if (typeof value !== "object" || value === null) return;
  if ("source" in value) {
    const { label, source } = value as Kernel;
    yield [label, source];
  } else if ("form" in value) {
    const { form } = value as RowKernel<string>;
    for (const subgroups of [false, true]) {
      for (const wide of [false, true]) yield* sources(form(subgroups, wide));
    }
  } else for (const item of Object.values(value)) yield* sources(item);
}

/** What is wrong with a shader whose loops are written out and constants left. */
async function complaints(
  { device, prefix }: Gpu,
  label: string,
  source: string,
): Promise<string[]> {
  device.pushErrorScope("validation");
  const code = prefix + specialize(source, {});
  const module = device.createShaderModule({ label, code });
  const failure = device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  const error = await failure;
  const found = messages.map((m) => `${label}:${m.lineNum} ${m.message}`);
  return error && found.length === 0 ? [`${label}: ${error.message}`] : found;
}

Deno.test("every .wgsl file is valid as it stands, or where its kernels append it", async () => {
  using gpu = await openGpu();
  const declared = new Map<string, string>();
  for (const name of names("./", /(?<!_test|_bench)\.ts$/)) {
    const url = new URL(name, import.meta.url).href;
    const exported: Record<string, unknown> = await import(url);
    for (const [label, source] of sources(exported)) {
      declared.set(source, label);
    }
  }
  assert(declared.size > 0);
  const whole = [...declared.keys()];
  for (const name of [...names("./", /wgsl$/), ...names("./lib/", /wgsl$/)]) {
    const text = Deno.readTextFileSync(new URL(name, import.meta.url));
    if (!whole.some((source) => source.includes(text))) {
      declared.set(text, name);
    }
  }
  const wrong = await Promise.all(
    [...declared].map(([source, label]) => complaints(gpu, label, source)),
  );
  assertEquals(wrong.flat(), []);
});
