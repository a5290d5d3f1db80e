// Not named as tests are: it needs a browser, see chooseAdapter().
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { denoCommand } from "../../cli/deno_command.ts";
import { openGpu } from "../../gpu/device.ts";
import { inTemporaryFolder } from "../temporary_folder.ts";
import { findChromium } from "./choice.ts";
import type { Report } from "./page.ts";
import { computeResults } from "./results.ts";

const MODULES = ".tools/modules";
const MINUTES = 15;
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  // A software adapter, also where there is no GPU.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
];

/** The page's script, with all that it imports. */
async function bundle(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const out = join(folder, "page.js");
  const { code, stderr } = await denoCommand([
    "bundle",
    "--quiet",
    "--platform=browser",
    `--output=${out}`,
    "tests/adapters/page.ts",
  ]).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return await Deno.readFile(out);
}

function moduleNames(): string[] {
  try {
    return [...Deno.readDirSync(MODULES)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Serves the page and its files; settles with what it sends. */
function serve(script: Uint8Array<ArrayBuffer>) {
  const { promise, resolve } = Promise.withResolvers<
    Report | { readonly error: string }
  >();
  const html = "<!doctype html><script type=module src=/page.js></script>";
  const as = (type: string) => ({ headers: { "content-type": type } });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/") return new Response(html, as("text/html"));
      if (pathname === "/page.js") {
        return new Response(script, as("text/javascript"));
      }
      if (pathname === "/modules") return Response.json(moduleNames());
      if (pathname === "/report") {
        resolve(await request.json());
        return new Response();
      }
      const name = moduleNames().find((name) =>
        pathname === `/modules/${name}`
      );
      if (name === undefined) return new Response("none", { status: 404 });
      return new Response(await Deno.readTextFile(join(MODULES, name)));
    },
  );
  return { server, report: promise };
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
  await child.status;
}

/** What the page finds in Chromium. */
function inChromium(): Promise<Report> {
  return inTemporaryFolder(async (folder) => {
    const { server, report } = serve(await bundle(folder));
    const browser = new Deno.Command(findChromium()!, {
      args: [
        ...FLAGS,
        `--user-data-dir=${join(folder, "profile")}`,
        `http://127.0.0.1:${server.addr.port}/`,
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`No report came in ${MINUTES} minutes`)),
      MINUTES * 60_000,
    );
    try {
      const found = await Promise.race([
        report,
        late.promise,
        browser.status.then(({ code }) => {
          throw new Error(`Chromium ended with status ${code}`);
        }),
      ]);
      if ("error" in found) throw new Error(found.error);
      return found;
    } finally {
      clearTimeout(timer);
      await end(browser);
      await server.shutdown();
    }
  });
}

/** Roundings that fall apart on two adapters change what is quantised after them. */
const TOLERANCES: Readonly<Record<string, number>> = { "QVGen steps": 5e-3 };

Deno.test("Chromium compiles every module and computes as Deno does", async (t) => {
  const { adapter, modules, refused, results } = await inChromium();
  await t.step(`its compiler takes ${modules} modules of other tests`, () => {
    assert(modules > 0, "There are none: run ./go test first");
    assertEquals(refused, []);
  });
  using gpu = await openGpu();
  const wanted = await computeResults(gpu);
  for (const [name, want] of Object.entries(wanted)) {
    await t.step(`${name} on ${adapter}`, () => {
      const got = results[name]!;
      assertEquals(got.length, want.length);
      const most = Math.max(...want.map(Math.abs));
      const off = Math.max(...want.map((v, i) => Math.abs(got[i]! - v)));
      assert(off <= (TOLERANCES[name] ?? 1e-5) * most, `${off} of ${most}`);
    });
  }
});
