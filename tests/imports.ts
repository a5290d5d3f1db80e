import { dirname, join } from "@std/path";

/** Imports of a module at the start of a line, so none of an example in a comment. */
const IMPORT =
  /^(?:import|export)\b([^;]*?)\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** What a module imports. */
export interface Import {
  /** The specifier. */
  readonly name: string;
  /** Whether types alone are imported, which is nothing at run time. */
  readonly isType: boolean;
}

/** All modules below a folder that are no tests and no benches; those of the tests folder are. */
export async function modules(folder: string): Promise<string[]> {
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

/** What a module imports, in its order. */
export async function importsOf(module: string): Promise<Import[]> {
  const text = await Deno.readTextFile(module);
  return [...text.matchAll(IMPORT)].map(([, what = "", ...names]) => ({
    name: names.join(""),
    isType: isOfTypes(what.trim()),
  }));
}

/** Of what stands between `import` and `from`. */
function isOfTypes(what: string): boolean {
  if (what.startsWith("type ")) return true;
  const names = /^\{([^]*)\}$/.exec(what)?.[1]?.split(",")
    .map((name) => name.trim()).filter((name) => name !== "");
  return names !== undefined && names.length > 0 &&
    names.every((name) => name.startsWith("type "));
}

/** The modules that a module of the project imports, by their paths. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Who imports whom; without imports of types unless they count. */
export async function importGraph(withTypes: boolean): Promise<Graph> {
  const graph = new Map<string, string[]>();
  for (const module of await modules(".")) {
    const own = (await importsOf(module)).filter(({ name, isType }) =>
      name.startsWith(".") && (withTypes || !isType)
    );
    graph.set(module, own.map(({ name }) => join(dirname(module), name)));
  }
  return graph;
}

/** Groups of modules each of which reaches all others of its group (Tarjan). */
export function cycles(graph: Graph): string[][] {
  const found: string[][] = [];
  const stack: string[] = [];
  const places = new Map<string, number>();
  const lowest = new Map<string, number>();
  const visit = (module: string): void => {
    places.set(module, places.size);
    lowest.set(module, places.get(module)!);
    stack.push(module);
    for (const next of graph.get(module) ?? []) {
      if (!places.has(next)) visit(next);
      if (stack.includes(next)) {
        lowest.set(module, Math.min(lowest.get(module)!, lowest.get(next)!));
      }
    }
    if (lowest.get(module) !== places.get(module)) return;
    const group = stack.splice(stack.indexOf(module));
    if (group.length > 1) found.push(group.sort());
  };
  for (const module of graph.keys()) if (!places.has(module)) visit(module);
  return found.sort();
}
