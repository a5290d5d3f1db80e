import { assert, assertEquals } from "@std/assert";
import { AdapterError, InputError } from "../core/errors.ts";
import { defineCommand } from "./flags/flag_types.ts";
import { execute, FailedResults } from "./main.ts";
import { userPath } from "./paths.ts";
import type { Terminal } from "./terminal.ts";

const command = defineCommand({ name: "demo", summary: "Demo.", flags: {} });

/** A terminal in memory, with a key for Ctrl-C. */
function memory() {
  const written = { out: "", err: "" };
  let press: (status: number) => void = () => {};
  const io: Terminal = {
    out: (text) => written.out += `${text}\n`,
    err: (text) => written.err += `${text}\n`,
    onInterrupt(handler) {
      press = handler;
      return () => press = () => {};
    },
  };
  return { written, io, interrupt: (status = 130) => press(status) };
}

Deno.test("execute() turns kinds of error into exit statuses", async () => {
  const thrown: [unknown, number][] = [
    [new InputError("Wrong thing"), 2],
    [new AdapterError("No adapter"), 3],
    [new RangeError("Out of bounds"), 1],
    ["plain", 1],
  ];
  for (const [error, status] of thrown) {
    const { io, written } = memory();
    const main = () => Promise.reject(error);
    assertEquals(await execute(command, main, [], io), status);
    const message = error instanceof Error ? error.message : error;
    assertEquals(written, { out: "", err: `demo: ${message}\n` });
  }
  const { io, written } = memory();
  assertEquals(await execute(command, () => {}, [], io), 0);
  assertEquals(await execute(command, () => {}, ["--x"], io), 2);
  assertEquals(written.err, "demo: Unknown flag --x\n");
});

Deno.test("execute() prints help to stdout without running the command", async () => {
  const { io, written } = memory();
  const main = () => Promise.reject(new Error("ran"));
  assertEquals(await execute(command, main, ["--help"], io), 0);
  assert(
    /^Demo\.\n\nUsage: (deno task|\.\/go) demo \[flags\]/.test(written.out),
    written.out,
  );
  assertEquals(await execute(command, main, ["--version"], io), 0);
  assert(/\nqvgen \d+\.\d+\.\d+\n$/.test(written.out), written.out);
  assertEquals(written.err, "");
});

Deno.test("execute() tells an error to programs too with --json, wrong usage included", async () => {
  const json = defineCommand({
    ...command,
    flags: { json: { type: "boolean", default: false, help: "" } },
  });
  const cases: [string[], Error, string, number][] = [
    [["--json"], new AdapterError("No adapter"), "No adapter", 3],
    [["--json", "--x"], new Error("ran"), "Unknown flag --x", 2],
  ];
  for (const [args, thrown, error, status] of cases) {
    const { io, written } = memory();
    const main = () => Promise.reject(thrown);
    assertEquals(await execute(json, main, args, io), status);
    assertEquals(written.err, `demo: ${error}\n`);
    assertEquals(JSON.parse(written.out), { command: "demo", error, status });
  }
  const { io, written } = memory();
  const main = () => Promise.reject(new FailedResults("2 of 3 failed"));
  assertEquals(await execute(json, main, ["--json"], io), 1);
  assertEquals(written, { out: "", err: "demo: 2 of 3 failed\n" });
});

Deno.test("execute() says in words of its own what Deno does not permit", async () => {
  const cases = [
    [
      'Requires all access to "/dev/stdin", run again with the --allow-all flag',
      "Cannot use /dev/stdin: Deno keeps programs out of the system's own folders",
    ],
    [
      'Requires write access to "/a b", run again with the --allow-write flag',
      "Cannot use /a b: this command is not permitted to write it",
    ],
    [
      'Requires net access to "localhost:80", run again with the --allow-net flag',
      "Cannot use localhost:80: this command is not permitted to connect to it",
    ],
  ];
  for (const [denos, ours] of cases) {
    const { io, written } = memory();
    const main = () => Promise.reject(new Deno.errors.NotCapable(denos));
    assertEquals(await execute(command, main, [], io), 2);
    assertEquals(written.err, `demo: ${ours}\n`);
  }
});

Deno.test("execute() ends an interrupted command with what it saved", async () => {
  for (const signal of [130, 143]) {
    const { io, written, interrupt } = memory();
    const status = execute(
      command,
      (_, run) => {
        run.onInterrupt(() => "saved step 3; go on with --resume");
        interrupt(signal);
        return new Promise<void>(() => {}); // never ends by itself
      },
      [],
      io,
    );
    assertEquals(await status, signal);
    assertEquals(
      written.err,
      "demo: Interrupted; saved step 3; go on with --resume\n",
    );
  }
});

Deno.test("execute() obeys a second interrupt while the first is saved", async () => {
  const { io, interrupt } = memory();
  const status = execute(
    command,
    (_, run) => {
      run.onInterrupt(() => new Promise<string>(() => {}));
      interrupt();
      interrupt();
      return new Promise<void>(() => {});
    },
    [],
    io,
  );
  assertEquals(await status, 130);
});

Deno.test({
  name: "userPath() resolves against INIT_CWD",
  permissions: { env: ["INIT_CWD"] },
  fn() {
    const before = Deno.env.get("INIT_CWD");
    Deno.env.set("INIT_CWD", "/somewhere/else");
    try {
      assertEquals(userPath("a/../b.mp4"), "/somewhere/else/b.mp4");
      assertEquals(userPath("/b.mp4"), "/b.mp4");
    } finally {
      if (before === undefined) Deno.env.delete("INIT_CWD");
      else Deno.env.set("INIT_CWD", before);
    }
  },
});

Deno.test({
  name: "userPath() leaves paths alone where env may not be read",
  permissions: "none",
  fn: () => assertEquals(userPath("b.mp4"), "b.mp4"),
});
