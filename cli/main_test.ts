import { assertEquals } from "@std/assert";
import { AdapterError, InputError } from "../core/errors.ts";
import { defineCommand } from "./flags/flag_types.ts";
import { execute, type Terminal } from "./main.ts";
import { userPath } from "./paths.ts";

const command = defineCommand({ name: "demo", summary: "Demo.", flags: {} });

/** A terminal in memory, with a key for Ctrl-C. */
function memory() {
  const written = { out: "", err: "" };
  let press = () => {};
  const io: Terminal = {
    out: (text) => written.out += `${text}\n`,
    err: (text) => written.err += `${text}\n`,
    onInterrupt(handler) {
      press = handler;
      return () => press = () => {};
    },
  };
  return { written, io, interrupt: () => press() };
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
  assertEquals(written.out.startsWith("Demo.\n\nUsage: deno task demo"), true);
  assertEquals(written.err, "");
});

Deno.test("execute() ends an interrupted command with what it saved", async () => {
  const { io, written, interrupt } = memory();
  const status = execute(
    command,
    (_, run) => {
      run.onInterrupt(() => "saved step 3; go on with --resume");
      interrupt();
      return new Promise<void>(() => {}); // never ends by itself
    },
    [],
    io,
  );
  assertEquals(await status, 130);
  assertEquals(
    written.err,
    "demo: Interrupted; saved step 3; go on with --resume\n",
  );
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
