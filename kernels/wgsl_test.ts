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

/** What a module exports: kernels, their forms, tables of them. */
function* kernels(value: unknown): Generator<Kernel> {
  if (typeof value !== "object" || value === null) return;
  if ("source" in value) yield value as Kernel;
  else if ("form" in value) {
    const { form } = value as RowKernel<string>;
    for (const subgroups of [false, true]) {
      for (const wide of [false, true]) yield form(subgroups, wide);
    }
  } else for (const item of Object.values(value)) yield* kernels(item);
}

/** All kernels of this folder. */
async function declared(): Promise<Kernel[]> {
  const all: Kernel[] = [];
  for (const name of names("./", /(?<!_test|_bench)\.ts$/)) {
    const url = new URL(name, import.meta.url).href;
    const exported: Record<string, unknown> = await import(url);
    all.push(...kernels(exported));
  }
  assert(all.length > 0);
  return all;
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
  const labels = new Map(
    (await declared()).map(({ label, source }) => [source, label]),
  );
  const whole = [...labels.keys()];
  for (const name of [...names("./", /wgsl$/), ...names("./lib/", /wgsl$/)]) {
    const text = Deno.readTextFileSync(new URL(name, import.meta.url));
    if (!whole.some((source) => source.includes(text))) {
      labels.set(text, name);
    }
  }
  const runs = ([source]: readonly [string, string]) =>
    gpu.traits.subgroupSize > 0 || !/\bsubgroup[A-Z_]/.test(source);
  const wrong = await Promise.all(
    [...labels].filter(runs)
      .map(([source, label]) => complaints(gpu, label, source)),
  );
  assertEquals(wrong.flat(), []);
});

/** Writes to one number of a vector in workgroup memory, at an index only known as it runs. */
function componentWrites(source: string): string[] {
  const text = specialize(source, {}).replace(/\/\/.*$/gm, "");
  return [...text.matchAll(/var<workgroup>\s*(\w+)\s*:\s*([^;]*vec\d[^;]*);/g)]
    .flatMap(([, name, type]) => {
      const depth = type!.split("array<").length - 1;
      const index = String.raw`\[(?:[^[\]]|\[[^[\]]*\])*\]`;
      const write = new RegExp(
        String
          .raw`\b${name}(?:${index}){${depth}}\[(?!\d+u?\])[^\]]*\]\s*[-+*/&|^]?=(?!=)`,
        "g",
      );
      return [...text.matchAll(write)].map(([found]) => found);
    });
}

Deno.test("no kernel writes a number of a vector in workgroup memory by a running index, which Metal may drop", async () => {
  const vectors = "var<workgroup> v: array<vec4<f32>, 8>;\n";
  const writes = "v[a[i]][j] = 1.0; v[i][2u] = 1.0; v[i] = v[j][k];";
  assertEquals(componentWrites(vectors + writes), ["v[a[i]][j] ="]);
  const found = (await declared()).flatMap(({ label, source }) =>
    componentWrites(source).map((write) => `${label}: ${write}`)
  );
  assertEquals(found, []);
});

Deno.test("kernels bind no more than every adapter allows", async () => {
  const most = 8; // maxStorageBuffersPerShaderStage by default
  const wide = (await declared()).filter(({ bindings }) =>
    bindings.length > most
  );
  assertEquals(wide.map(({ label, entry }) => `${label}.${entry}`), []);
});
