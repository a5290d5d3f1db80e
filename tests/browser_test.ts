import { assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import project from "../deno.json" with { type: "json" };
import { FileServer } from "./file_server.ts";
import { denoCommand } from "../cli/deno_command.ts";

const { "./train": _train, "./io": _io, "./cli": _cli, ...ENTRIES } =
  project.exports;
const HERE = toFileUrl(`${Deno.cwd()}/`).href;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly isDynamic: boolean;
}

async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await denoCommand(args).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** The imports of an entry and of all that it imports; types are none. */
async function importsOf(entry: string, all: boolean): Promise<Edge[]> {
  const { modules, roots } = JSON.parse(await deno("info", "--json", entry));
  const byName = new Map<string, { dependencies?: Dependency[] }>(
    modules.map((one: { specifier: string }) => [one.specifier, one]),
  );
  interface Dependency {
    readonly specifier: string;
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }
  const edges: Edge[] = [];
  const seen = new Set<string>(roots);
  for (const from of seen) {
    for (
      const { code, isDynamic = false } of byName.get(from)?.dependencies ?? []
    ) {
      if (!code || (isDynamic && !all)) continue;
      edges.push({
        from: from.replace(HERE, ""),
        to: code.specifier,
        isDynamic,
      });
      seen.add(code.specifier);
    }
  }
  return edges;
}

/** What an entry takes of npm as soon as it is imported. */
async function packagesOf(entry: string): Promise<string[]> {
  const packages = (await importsOf(entry, false))
    .flatMap(({ to }) =>
      /^npm:\/?(.*)@[\d.]+(.*)/.exec(to)?.slice(1).join("") ?? []
    );
  return [...new Set(packages)].sort();
}

Deno.test("tensors alone load no package, and pipelines only what checks configs and joins paths", async () => {
  for (const entry of ["./gpu", "./autograd"] as const) {
    assertEquals(await packagesOf(ENTRIES[entry]), [], entry);
  }
  assertEquals(await packagesOf(ENTRIES["./models"]), ["valibot"]);
  for (const entry of [".", "./infer"] as const) {
    const packages = await packagesOf(ENTRIES[entry]);
    assertEquals(packages, ["deno-std/path/mod.js", "valibot"], entry);
  }
});

/** The lines of this project that use Deno while `code` runs in a process of its own. */
async function asked(code: string): Promise<string[]> {
  const out = await deno(
    "eval",
    `
    const { Deno } = globalThis;
    const lines = new Set();
    Object.defineProperty(globalThis, "Deno", {
      get() {
        const stack = new Error().stack.split("\\n");
        const own = stack.filter((line) =>
          line.includes("${HERE}") && !line.includes("$eval")
        );
        own.slice(0, 1).forEach((line) => lines.add(line));
        return Deno;
      },
    });
    ${code}
    console.log(JSON.stringify([...lines]));`,
  );
  return JSON.parse(out);
}

for (const [name, entry] of Object.entries(ENTRIES)) {
  Deno.test(`${name} can be bundled for a browser: Node's modules are imported only when they are used`, async () => {
    const wrong = (await importsOf(entry, true))
      .filter(({ to, isDynamic }) => to.startsWith("node:") && !isDynamic);
    assertEquals(wrong, []);
  });

  Deno.test(`${name} asks nothing of Deno while it is imported`, async () => {
    assertEquals(await asked(`await import("${HERE}${entry.slice(2)}");`), []);
  });
}

Deno.test("a pipeline on a web server makes a clip without asking anything of Deno", async () => {
  await using server = new FileServer("assets");
  const lines = await asked(`
    const { loadPipeline } = await import("${HERE}infer/mod.ts");
    const pipeline = await loadPipeline(new URL("${server.url("tiny")}"));
    const request = { prompt: "a red circle", steps: 1 };
    const clip = await (await pipeline.generate(request)).pixels();
    if (clip.frames !== 16) throw new Error("frames are missing");`);
  assertEquals(lines, []);
});
