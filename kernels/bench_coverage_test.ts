import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join, relative } from "@std/path";
import { BENCHES } from "./lib/bench_files.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));
const FILES = [...Deno.readDirSync(HERE)].map(({ name }) => name);
const IMPORT = /^import\s*(?:type\s*)?\{([^}]*)\}\s*from\s*"(\.[^"]+\.ts)"/gm;

/** What benches import by name, and the ops and kernels that they import. */
function imported(): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const waiting = BENCHES.map((name) => join(HERE, `${name}_bench.ts`));
  for (let module = waiting.pop(); module; module = waiting.pop()) {
    if (seen.has(module)) continue;
    seen.add(module);
    for (
      const [, names, path] of Deno.readTextFileSync(module).matchAll(IMPORT)
    ) {
      const to = join(dirname(module), path!);
      const place = relative(HERE, to);
      for (const name of names!.split(",")) {
        found.add(`${place}: ${name.trim()}`);
      }
      const followed = /^(\.\.[/\\]autograd[/\\].*|\w+)\.ts$/.test(place);
      if (followed) waiting.push(to);
    }
  }
  return found;
}

Deno.test("the list of benches names the files there are", () => {
  const names = FILES.flatMap((name) =>
    /^(\w+)_bench\.ts$/.exec(name)?.[1] ?? []
  );
  assertEquals(names.sort(), [...BENCHES].sort());
  for (const name of BENCHES) {
    const text = Deno.readTextFileSync(join(HERE, `${name}_bench.ts`));
    assert(text.includes(`suite("${name}")`), `${name}_bench.ts is no suite`);
  }
});

Deno.test("every kernel has a bench", async () => {
  const benched = imported();
  const missing: string[] = [];
  for (
    const file of FILES.filter((name) => /(?<!_test|_bench)\.ts$/.test(name))
  ) {
    const exported: Record<string, unknown> = await import(`./${file}`);
    const names = Object.keys(exported);
    // A function chooses among the kernels beside it.
    const chosen = names.some((name) =>
      typeof exported[name] === "function" && benched.has(`${file}: ${name}`)
    );
    for (const name of names) {
      const kernel = typeof exported[name] === "object" && !/^[A-Z]/.test(name);
      if (kernel && !chosen && !benched.has(`${file}: ${name}`)) {
        missing.push(`${file}: ${name}`);
      }
    }
  }
  assertEquals(missing, []);
});
