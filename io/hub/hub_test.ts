import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { listFiles, resolveRevision } from "./api.ts";
import { hubCache, hubHome } from "./cache.ts";
import { atHome } from "./expand_path.ts";
import { fetchOrStall, piecesOrStall } from "./stalled.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";

/** Runs `use` with the address of a server that answers so. */
async function withServer(
  answer: () => Response | Promise<Response>,
  use: (endpoint: string) => Promise<unknown>,
): Promise<void> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  await use(`http://127.0.0.1:${server.addr.port}`);
}

const environment = (set: Record<string, string>) => (name: string) =>
  set[name];

Deno.test("the cache is where Python's library finds it, ~ and variables replaced", () => {
  const home = { HOME: "/home/a", DATA: "/data", USER: "a" };
  const cases: [Record<string, string>, string][] = [
    [{}, "/home/a/.cache/huggingface/hub"],
    [{ HF_HOME: "~/hf" }, "/home/a/hf/hub"],
    [{ HF_HOME: "$HOME/hf" }, "/home/a/hf/hub"],
    [{ HF_HOME: "${DATA}/$USER" }, "/data/a/hub"],
    [{ HF_HOME: "" }, "/home/a/.cache/huggingface/hub"],
    [{ HF_HUB_CACHE: "~" }, "/home/a"],
    [{ HF_HUB_CACHE: "$NONE/x~" }, "$NONE/x~"],
    [{ HUGGINGFACE_HUB_CACHE: "~/c" }, "/home/a/c"],
    [{ XDG_CACHE_HOME: "~/xdg" }, "/home/a/xdg/huggingface/hub"],
    [{ HF_HOME: "~b/hf" }, "~b/hf/hub"],
  ];
  for (const [set, want] of cases) {
    assertEquals(hubCache(environment({ ...home, ...set })), want);
  }
  assertEquals(hubHome(environment({})), undefined);
  assertEquals(atHome("~/a$HOME", environment(home)), "/home/a/a$HOME");
  assertEquals(atHome("./~", environment(home)), "./~");
});

Deno.test("a web page or other text in the place of the hub's answer is named with its address", async () => {
  const answers: [string, string][] = [
    ["<!doctype html><title>Sign in</title>", "found a web page"],
    ["Too many " + "x".repeat(5000), 'found "Too many xxx'],
    ["", "found nothing"],
  ];
  for (const [text, what] of answers) {
    await withServer(() => new Response(text), async (endpoint) => {
      const error = await assertRejects(
        () => resolveRevision({ endpoint }, "org/a", "main"),
        Error,
        `${endpoint}/api/models/org/a/revision/main answered: ${what}`,
      ) as Error;
      assertEquals(error.message.length < 400, true);
    });
  }
});

Deno.test("a file and a folder of one name are refused by name", async () => {
  const file = (path: string) => ({ type: "file", path, oid: ID, size: 1 });
  for (const paths of [["vae", "vae/config.json"], ["a/b/c", "a"]]) {
    await withServer(
      () => Response.json(paths.map(file)),
      (endpoint) =>
        assertRejects(
          () => listFiles({ endpoint }, "org/a", ID),
          InputError,
          `Cannot download org/a: the hub names "${
            paths.find((path) => path.includes("/"))
          }" beside a file of the same name`,
        ),
    );
  }
});

Deno.test("a line that falls silent is given up, before an answer and within one", async () => {
  const never = Promise.withResolvers<Response>();
  await withServer(() => never.promise, async (endpoint) => {
    await assertRejects(
      () => fetchOrStall(endpoint, {}, 50),
      Error,
      "nothing came for 0.05 seconds",
    );
    never.resolve(new Response());
  });
  const stuck = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Uint8Array.of(1)),
  });
  const seen: number[] = [];
  await assertRejects(
    async () => {
      for await (const piece of piecesOrStall(stuck, 50)) seen.push(piece[0]!);
    },
    Error,
    "nothing came for 0.05 seconds",
  );
  assertEquals(seen, [1]);
  const whole = new Response("abc").body;
  assertEquals((await Array.fromAsync(piecesOrStall(whole, 50))).length, 1);
});
