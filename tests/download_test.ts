import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { downloadModel } from "../io/hub/download.ts";
import { denoCommand } from "../cli/deno_command.ts";
import { COMMIT, type HubContent, HubServer } from "./hub_server.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

const text = (value: string) => new TextEncoder().encode(value);
const WEIGHTS = "vae/diffusion_pytorch_model.safetensors";
const FILES = {
  "model_index.json": text(`{"_class_name": "WanPipeline"}`),
  "README.md": text("# not needed"),
  "vae/config.json": text("{}"),
  [WEIGHTS]: new Uint8Array(300_000).map((_, i) => i * i),
  "vae/diffusion_pytorch_model.fp16.safetensors": new Uint8Array(10),
  "vae/diffusion_pytorch_model.bin": new Uint8Array(10),
};
const CONTENT: HubContent = { files: FILES, large: [WEIGHTS] };

/** A task with its own permissions and a hub's environment. */
async function task(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
) {
  const { code, stdout, stderr } = await denoCommand(
    ["task", "--quiet", name, ...args],
    { stdout: "piped", stderr: "piped", env },
  ).output();
  const decoded = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decoded(stdout), err: decoded(stderr) };
}

const MODEL = ["org/tiny", "--quiet", "--json"];

Deno.test("download fetches a model into the cache that Python's library reads, once", () =>
  inTemporaryFolder(async (home) => {
    const cut = new Set([WEIGHTS]);
    await using hub = new HubServer({ ...CONTENT, cut });
    const env = { HF_HOME: home, HF_ENDPOINT: hub.endpoint, HF_TOKEN: "" };
    const first = await task("download", MODEL, env);
    assertEquals([first.code, first.err], [0, ""]);
    const repo = join(home, "hub", "models--org--tiny");
    const folder = join(repo, "snapshots", COMMIT);
    const { folder: at, fetched, cached } = JSON.parse(first.out);
    assertEquals([at, fetched, cached], [folder, 3, 0]);
    assertEquals(await Deno.readTextFile(join(repo, "refs", "main")), COMMIT);
    const file = join(folder, WEIGHTS);
    assertEquals(await Deno.readFile(file), FILES[WEIGHTS]);
    const link = await Deno.readLink(file);
    assert(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/.test(link), link);
    assertEquals(
      [...Deno.readDirSync(join(folder, "vae"))].map(({ name }) => name).sort(),
      ["config.json", "diffusion_pytorch_model.safetensors"],
    );
    // Cut half way, it went on from there.
    const ranges = hub.seen.filter(([path]) => path === WEIGHTS);
    assertEquals(ranges.map(([, range]) => range), ["", "bytes=150000-"]);
    const before = hub.seen.length;
    const second = await task("download", MODEL, env);
    assertEquals(JSON.parse(second.out).cached, 3);
    assertEquals(hub.seen.length, before);
  }));

Deno.test("download goes on from an incomplete file of an earlier attempt, and removes a damaged one", () =>
  inTemporaryFolder(async (home) => {
    const token = "secret";
    await using hub = new HubServer({ ...CONTENT, token });
    const env = { HF_HOME: home, HF_ENDPOINT: hub.endpoint, HF_TOKEN: token };
    await task("download", MODEL, env);
    const repo = join(home, "hub", "models--org--tiny");
    const file = join(repo, "snapshots", COMMIT, WEIGHTS);
    const blob = await Deno.realPath(file);
    const begin = async (bytes: Uint8Array) => {
      await Deno.remove(blob);
      await Deno.writeFile(`${blob}.incomplete`, bytes);
      hub.seen.length = 0;
      return await task("download", MODEL, env);
    };
    assertEquals((await begin(FILES[WEIGHTS]!.subarray(0, 1000))).code, 0);
    assertEquals(hub.seen, [[WEIGHTS, "bytes=1000-"]]);
    assertEquals(await Deno.readFile(file), FILES[WEIGHTS]);
    const damaged = await begin(new Uint8Array(1000));
    assertEquals(damaged.code, 1);
    assert(damaged.err.includes("is damaged and was removed"), damaged.err);
    assertEquals((await task("download", MODEL, env)).code, 0);
  }));

Deno.test("download names what keeps it from a model", () =>
  inTemporaryFolder(async (home) => {
    const outside = { "../../x.json": text("{}") };
    await using hub = new HubServer({ ...CONTENT, token: "secret" });
    await using bad = new HubServer({ files: outside, large: [] });
    const escape = { "\x1b[2Jx.json": text("{}") }; // would clear a terminal
    await using sly = new HubServer({ files: escape, large: [] });
    const cases: [string, Record<string, string>, string][] = [
      ["tiny", {}, "found tiny, accepted is ORG/NAME"],
      ["org/tiny", {}, "the hub answered 401; it wants a token: set HF_TOKEN"],
      ["org/none", { HF_TOKEN: "secret" }, "there is none of that name"],
      ["org/tiny", { HF_HUB_OFFLINE: "1" }, "HF_HUB_OFFLINE is set"],
      ["org/tiny", { HF_ENDPOINT: bad.endpoint }, '"../../x.json", which is'],
      ["org/tiny", { HF_ENDPOINT: sly.endpoint }, '[2Jx.json", which is'],
    ];
    for (const [id, set, message] of cases) {
      const env = {
        HF_HOME: home,
        HF_ENDPOINT: hub.endpoint,
        HF_TOKEN: "",
        HF_HUB_OFFLINE: "",
        ...set,
      };
      const { code, err } = await task("download", [id, "--quiet"], env);
      assertEquals(code, 2, err);
      assert(err.includes(message), err);
    }
  }));

Deno.test("other tasks read the cache, and name the command where it has no such model", () =>
  inTemporaryFolder(async (home) => {
    const env = { HF_HOME: home };
    const missing = await task("info", ["--model", "org/tiny"], env);
    assertEquals(missing.code, 2);
    assert(
      missing.err.includes(" download org/tiny"),
      missing.err,
    );
    const transformer = await Deno.readFile(
      "assets/tiny/transformer/config.json",
    );
    const files = { "transformer/config.json": transformer };
    await using hub = new HubServer({ files, large: [] });
    await task("download", MODEL, { ...env, HF_ENDPOINT: hub.endpoint });
    const found = await task("info", ["--model", "org/tiny"], env);
    assertEquals([found.code, found.err], [0, ""]);
    assert(found.out.includes("1,902,272"), found.out);
  }));

Deno.test("downloads of one model at the same time share the work", () =>
  inTemporaryFolder(async (cache) => {
    await using hub = new HubServer(CONTENT);
    const request = { hub, repo: "org/tiny", revision: "main", cache };
    const made = await Promise.all(
      Array.from({ length: 4 }, () => downloadModel(request)),
    );
    assertEquals(hub.seen.map(([path]) => path).sort(), [
      "model_index.json",
      "vae/config.json",
      WEIGHTS,
    ]);
    for (const { folder } of made) {
      assertEquals(await Deno.readFile(join(folder, WEIGHTS)), FILES[WEIGHTS]);
    }
    const repo = join(cache, "models--org--tiny");
    assertEquals([...Deno.readDirSync(join(repo, "blobs"))].length, 3);
  }));

Deno.test("download takes a mirror in a folder, and no revision that leaves the cache", () =>
  inTemporaryFolder(async (cache) => {
    await using server = new HubServer(CONTENT);
    const hub = { endpoint: `${server.endpoint}/mirror` };
    const request = { hub, repo: "org/tiny", cache };
    const made = await downloadModel({ ...request, revision: "main" });
    assertEquals(made.fetched, 3);
    await assertRejects(
      () => downloadModel({ ...request, revision: "../../main" }),
      InputError,
      'found the revision "../../main"',
    );
  }));

Deno.test("a model that does not fit on the disk is refused before a byte is fetched", () =>
  inTemporaryFolder(async (cache) => {
    await using hub = new HubServer(CONTENT);
    await assertRejects(
      () =>
        downloadModel({
          hub,
          repo: "org/tiny",
          revision: "main",
          cache,
          freeBytes: () => Promise.resolve(1000),
        }),
      InputError,
      "300032 bytes are to come, but",
    );
    assertEquals(hub.seen, []);
  }));
