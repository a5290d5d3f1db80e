import { assert, assertEquals } from "@std/assert";
import { denoCommand } from "./deno_command.ts";
import { VERSION } from "./program.ts";

async function run(...args: string[]) {
  const command = denoCommand(
    ["run", "--allow-all", "--quiet", "cli/mod.ts", ...args],
    { env: { QVGEN_CALL: "" } },
  );
  const { code, stdout, stderr } = await command.output();
  const [out, err] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { code, out: out!, err: err! };
}

Deno.test("the entry of the commands runs them, and says what there is", async () => {
  const version = await run("--version");
  assertEquals([version.code, version.out], [0, `${VERSION}\n`]);
  const help = await run("--help");
  assertEquals(help.code, 0);
  assert(help.out.includes("infer, train, quantize, download, info"));
  for (const name of ["infre", "constructor", ""]) {
    const { code, err } = await run(...(name ? [name] : []));
    assertEquals(code, 2);
    assert(err.startsWith("qvgen: ") && err.includes("COMMAND is one of"), err);
  }
  assert((await run("infre")).err.includes("(did you mean infer?)"));
  const names = help.out.match(/one of ([a-z, ]+), each/)![1]!.split(", ");
  assertEquals(names.length, 7);
  for (const name of names) {
    const own = await run(name, "--help");
    assertEquals(own.code, 0);
    assert(own.out.includes(`deno run -A @qvgen/qvgen/cli ${name}`), own.out);
  }
  assertEquals((await run("infer", "--steps", "0")).code, 2);
});
