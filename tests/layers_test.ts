import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";

const TENSORS = ["core", "gpu", "kernels", "autograd"];
const PRODUCT = [...TENSORS, "io", "models", "infer", "train"];

/** What the modules of a folder may import beside those of their own. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  gpu: ["core"],
  kernels: ["core", "gpu"],
  autograd: ["core", "gpu", "kernels"],
  io: ["core"],
  models: TENSORS,
  infer: [...TENSORS, "io", "models"],
  train: [...TENSORS, "io", "models", "infer"],
  cli: [...PRODUCT, "deno.json"], // its version
  "mod.ts": PRODUCT,
  bench: [...PRODUCT, "cli", "mod.ts"],
  deps: [], // the only place that names packages
};

/** Imports of a module at the start of a line, so none of an example in a comment. */
const IMPORT =
  /^(?:import|export)\b[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** All modules below a folder that are no tests and no benches; those of the tests folder are. */
async function modules(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      const skipped = name.startsWith(".") || name === "node_modules" ||
        path === "tests";
      if (!skipped) found.push(...await modules(path));
    } else if (/^(?!bench_).*(?<!_test|_bench)\.ts$/.test(name)) {
      found.push(path);
    }
  }
  return found;
}

async function importsOf(module: string): Promise<string[]> {
  const text = await Deno.readTextFile(module);
  return [...text.matchAll(IMPORT)].map(([, ...names]) => names.join(""));
}

const top = (path: string) => path.split(/[/\\]/)[0]!;

/** Every import that `refuse` finds fault with. */
async function faults(
  refuse: (from: string, name: string, module: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const module of await modules(".")) {
    for (const name of await importsOf(module)) {
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
  assertEquals(named, ["npm:deno-std@1.4.0/path/mod.js"]); // they are seen at all
  const wrong = await faults((from, name) =>
    from !== "deps" && /^(npm|jsr|https?):/.test(name)
  );
  assertEquals(wrong, []);
});
