import { assert, assertEquals } from "@std/assert";
import { command, info } from "./info.ts";
import { execute } from "./main.ts";

async function run(...args: string[]) {
  const written = { out: "", err: "" };
  const print = (text: string) => written.out += `${text}\n`;
  const status = await execute(
    command,
    info,
    args,
    {
      out: print,
      err: (text) => written.err += `${text}\n`,
      onInterrupt: () => () => {},
    },
  );
  return { status, ...written };
}

Deno.test("info tells the adapter, its limits and what they mean", async () => {
  const { status, out } = await run();
  assertEquals(status, 0);
  for (const part of ["features", "maxBufferSize", "deno", "what this means"]) {
    assert(out.includes(part), out);
  }
  assert(/maxBufferSize: [\d.]+ [kMGT]B\n/.test(out), out);
  const json = JSON.parse((await run("--json")).out);
  assert(json.limits.max_buffer_size > 0 && json.means.length > 3);
});

Deno.test("info estimates a model at a size and a precision", async () => {
  const flags = ["--model=Wan2.1-T2V-1.3B", "--frames=17"];
  const { status, out } = await run(...flags);
  assertEquals(status, 0);
  assert(out.includes("17 frames of 832x480, transformer packed"), out);
  assert(out.includes("1,418,996,800"), out);
  const { parts, tokens } = JSON.parse(
    (await run(...flags, "--precision=f32", "--json")).out,
  );
  assertEquals(parts.transformer.gpu_bytes, 4 * 1_418_996_800);
  assertEquals(tokens.video, 7_800);
});

Deno.test("info names what it cannot estimate", async () => {
  const cases: [string[], string][] = [
    [["--model=Wan3"], "configs come with the program for Wan2.1-T2V-1.3B"],
    [["--model=tiny", "--height=33"], "tiny makes no clips of 16 frames"],
    [["--model=tests/fixtures"], "holds no transformer/config.json"],
  ];
  for (const [args, message] of cases) {
    const { status, err } = await run(...args);
    assertEquals(status, 2, err);
    assert(err.includes(message), err);
  }
});

Deno.test("the table in docs/models.md is what info prints", async () => {
  const { models } = JSON.parse((await run("--table", "--json")).out);
  assertEquals(models[0].parts.transformer.parameters, 1_418_996_800);
  const { out } = await run("--table");
  const docs = await Deno.readTextFile("docs/models.md");
  assert(docs.includes(out), out);
});
