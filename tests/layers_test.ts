import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { cycles, importGraph, importsOf, modules } from "./imports.ts";

const TENSORS = ["core", "gpu", "kernels", "autograd"];
const PRODUCT = [...TENSORS, "io", "models", "infer", "quantize", "train"];

/** What the modules of a folder may import beside those of their own. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  gpu: ["core"],
  kernels: ["core", "gpu"],
  autograd: ["core", "gpu", "kernels"],
  io: ["core"],
  models: TENSORS,
  infer: [...TENSORS, "io", "models"],
  quantize: [...TENSORS, "io", "models", "infer"],
  train: [...TENSORS, "io", "models", "infer"],
  cli: [...PRODUCT, "deno.json"], // its version
  "mod.ts": PRODUCT,
  bench: [...PRODUCT, "cli", "mod.ts"],
  deps: [], // the only place that names packages
};

const top = (path: string) => path.split(/[/\\]/)[0]!;

/** Every import that `refuse` finds fault with. */
async function faults(
  refuse: (from: string, name: string, module: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const module of await modules(".")) {
    for (const { name } of await importsOf(module)) {
      if (refuse(top(module), name, module)) found.push(`${module}: ${name}`);
    }
  }
  return found;
}

Deno.test("every folder imports only what lies below it, and nothing of the tests", async () => {
  const wrong = await faults((from, name, module) => {
    if (!name.startsWith(".")) return false;
    const to = top(join(dirname(module), name));
    return to !== from && !LAYERS[from]?.includes(to);
  });
  assertEquals(wrong, []);
});

Deno.test("no modules import each other's values, however far around", async () => {
  const graph = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]]]);
  assertEquals(cycles(graph), [["a", "b", "c"]]); // they are found at all
  assertEquals(cycles(await importGraph(false)), []);
});

/**
 * Types that name each other across files, with why they may. At most two: who
 * wants a third moves the shared type into a file of its own.
 */
const TYPE_CYCLES: readonly { why: string; modules: readonly string[] }[] = [{
  why:
    "a Gpu has the Tuning and the Profiler that its user sets, and compiles what they run, all of which work on a Gpu: a type of its own for each would say the same fields twice",
  modules: [
    "gpu/bind.ts",
    "gpu/compile.ts",
    "gpu/device.ts",
    "gpu/plan.ts",
    "gpu/profile.ts",
    "gpu/profiler.ts",
    "gpu/race.ts",
    "gpu/readback.ts",
    "gpu/tuning.ts",
  ],
}];

Deno.test("types name each other across files only where that has a reason", async () => {
  const found = cycles(await importGraph(true));
  assertEquals(found, TYPE_CYCLES.map(({ modules }) => [...modules]));
});

Deno.test("a source file is read in one go: at most 320 lines", async () => {
  const long: string[] = [];
  for (const module of await modules(".")) {
    const lines = (await Deno.readTextFile(module)).split("\n").length - 1;
    if (lines > 320 && module !== "mod.ts") long.push(`${module}: ${lines}`);
  }
  assertEquals(long, []);
});

Deno.test("only examples call the project by its published name", async () => {
  const wrong = await faults((_, name) => name.startsWith("@qvgen/"));
  assertEquals(wrong, []);
});

Deno.test("examples import the project as its users do", async () => {
  const wrong: string[] = [];
  for (const module of await modules(".")) {
    const text = await Deno.readTextFile(module);
    for (const [line] of text.matchAll(/^ *\*.* from "\..*$/gm)) {
      wrong.push(`${module}: ${line}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("the root has no more names than a person reads", async () => {
  const text = await Deno.readTextFile("mod.ts");
  const lists = text.matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  const names = [...lists].flatMap(([, list]) =>
    list!.match(/\w+(?=,|\s*$)/g)!
  );
  assertEquals(new Set(names).size, 40);
});

Deno.test("packages are named in the import map and in deps alone", async () => {
  const named = await importsOf(join("deps", "std_path.ts"));
  assertEquals(named.map(({ name }) => name), [
    "npm:deno-std@1.4.0/path/mod.js",
  ]); // they are seen at all
  const wrong = await faults((from, name) =>
    from !== "deps" && /^(npm|jsr|https?):/.test(name)
  );
  assertEquals(wrong, []);
});
