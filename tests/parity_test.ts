import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { openGpu } from "../gpu/device.ts";
import { findCases } from "../cli/parity/files.ts";
import { runCase } from "../cli/parity/run.ts";
import { denoCommand } from "../cli/deno_command.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

const FIXTURES = fromFileUrl(new URL("./fixtures", import.meta.url));

Deno.test("every recorded case that can be run agrees with its reference", async (t) => {
  using gpu = await openGpu();
  for (const found of await findCases(FIXTURES)) {
    const { status, reason, results } = await runCase(found, gpu);
    if (status === "skip") continue;
    await t.step(found.label, () => {
      const failed = results.filter(({ used }) => !(used <= 1));
      assertEquals(failed, [], reason);
      assertEquals(status, "ok", reason);
    });
  }
});

/** The command with its own permissions. */
async function parity(...args: string[]) {
  const { code, stdout, stderr } = await denoCommand(
    ["task", "--quiet", "parity", ...args],
    { stdout: "piped", stderr: "piped" },
  ).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("the parity command prints a line a case and a total", async () => {
  const { code, out } = await parity("--only", "ops/abs,dtypes/reader_mixed");
  assertEquals(code, 0);
  assertEquals(out.split("\n"), [
    "ok dtypes/reader_mixed 0.0e+0 0.0e+0 abs 0",
    "ok ops/abs 0.0e+0 0.0e+0 rel_to_max 0.00001",
    "2 passed, 0 failed, 0 skipped",
    "",
  ]);
});

Deno.test("the parity command gives its numbers in JSON, keys in snake_case", async () => {
  const { code, out } = await parity("--only", "ops/abs", "--json");
  assertEquals(code, 0);
  const { passed, cases: [{ label, results: [result] }] } = JSON.parse(out);
  assertEquals([passed, label, result.max_abs], [1, "ops/abs", 0]);
});

Deno.test("the parity command fails for kinds and operators that nobody knows", async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.mkdir(join(folder, "ops"));
    const write = (name: string, json: unknown) =>
      Deno.writeTextFile(join(folder, "ops", name), JSON.stringify(json));
    await write("new.json", { kind: "ops", op: "silo" });
    await write("pipe.json", { kind: "pipeline", op: "text" });
    await write("config.json", { hidden_size: 8 });
    const { code, out, err } = await parity(folder, "--json");
    assertEquals(code, 1);
    const { passed, failed, skipped, cases } = JSON.parse(out);
    assertEquals([passed, failed, skipped], [0, 2, 0]);
    assertEquals(cases.map(({ reason }: { reason: string }) => reason), [
      "Unknown op silo (did you mean silu?)",
      "Unknown kind pipeline (did you mean pipelines?)",
    ]);
    assert(err.includes("parity: 2 of 2 cases failed"), err);
  });
});

Deno.test("the parity command names what it does not find", async () => {
  const { code, err } = await parity("--only", "ops/abz");
  assertEquals(code, 2);
  assert(err.includes("no case ops/abz (did you mean ops/abs?)"), err);
});
