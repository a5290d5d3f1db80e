import { assert, assertEquals } from "@std/assert";

const ignore = Deno.build.os === "windows"; // ./go is a shell script

async function run(program: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test({
  name:
    "./go tells its tasks and its version, and what it starts speaks of ./go",
  ignore,
  async fn() {
    for (const flag of ["--help", "-h"]) {
      const { code, out, err } = await run("./go", flag);
      assertEquals([code, err], [0, ""]);
      assert(/^usage: \.\/go TASK/.test(out) && /\n {2}infer /.test(out), out);
      assert(out.split("\n").every((line) => line.length <= 80), out);
    }
    const { code, out, err } = await run("./go");
    assertEquals([code, out], [2, ""]);
    assert(err.startsWith("usage: ./go TASK"), err);
    const version = await run("./go", "--version");
    assertEquals(version, { code: 0, out: version.out, err: "" });
    assert(/^qvgen \d+\.\d+\.\d+\n$/.test(version.out), version.out);
    assertEquals(await run("./go", "info", "--version"), version);
    const help = await run("./go", "info", "--help");
    assert(/\nUsage: \.\/go info /.test(help.out), help.out);
    const missing = await run("./go", "info", "--model=Nobody/Nothing");
    assertEquals(missing.code, 2);
    assert(/\.\/go download Nobody\/Nothing/.test(missing.err), missing.err);
    // No colours of Deno's in a pipe.
    assert(!help.err.includes("\x1b") && !missing.err.includes("\x1b"));
  },
});

Deno.test({
  name: "a full standard error ends no command, a full standard output fails",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const info = "deno run --allow-read cli/info.ts --model Wan2.1-T2V-1.3B";
    assertEquals((await run("sh", "-c", `${info} 2>/dev/full`)).code, 0);
    const { code, err } = await run("sh", "-c", `${info} >/dev/full`);
    assertEquals(code, 1);
    assert(/^info: Cannot write to standard output: No space/.test(err), err);
    // Who reads no further has enough.
    const closed = await run("sh", "-c", `{ ${info}; echo $? >&2; } | :`);
    assertEquals(closed.err, "0\n");
  },
});
