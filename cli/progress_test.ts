import { assertEquals } from "@std/assert";
import { Progress, type Screen } from "./progress.ts";

/** A screen in memory with a clock that the test moves. */
function memory(options: { isTerminal: boolean; color?: boolean }) {
  const state = { text: "", ms: 0 };
  const screen: Screen = {
    write: (text) => state.text += text,
    isTerminal: options.isTerminal,
    color: options.color ?? false,
    columns: () => 80,
    now: () => state.ms,
  };
  return { state, screen };
}

Deno.test("Progress writes a few plain lines into a pipe", () => {
  const { state, screen } = memory({ isTerminal: false });
  {
    using progress = new Progress({ screen });
    progress.phase("compiling kernels");
    progress.phase("denoising", 40);
    for (let i = 0; i < 40; i++) {
      state.ms += 500;
      progress.advance(1, `loss ${i}`);
    }
  }
  assertEquals(state.text.split("\n"), [
    "compiling kernels  0s",
    "denoising 0/40  0s",
    "denoising 10/40  5s, 15s left  loss 9",
    "denoising 20/40  10s, 10s left  loss 19",
    "denoising 30/40  15s, 5s left  loss 29",
    "denoising 40/40  20s  loss 39",
    "",
  ]);
});

Deno.test("Progress redraws one line on a terminal and ends it", () => {
  const { state, screen } = memory({ isTerminal: true });
  {
    using progress = new Progress({ screen });
    progress.phase("denoising", 2);
    progress.advance(); // too soon after the last drawing, but a quarter more
    progress.log("a line above");
    state.ms += 50;
    progress.advance();
  }
  const lines = state.text.split("\r\x1b[K");
  assertEquals(lines[1], `denoising ${"╌".repeat(24)} 0/2  0s`);
  assertEquals(lines[3], "a line above\n");
  assertEquals(lines.at(-1), `denoising ${"━".repeat(24)} 2/2  0s\n`);
});

Deno.test("Progress colours only where colour is wanted", () => {
  for (const color of [true, false]) {
    const { state, screen } = memory({ isTerminal: true, color });
    new Progress({ screen }).phase("denoising", 2);
    assertEquals(state.text.includes("\x1b[2m"), color);
  }
});

Deno.test("Progress says nothing when quiet", () => {
  const { state, screen } = memory({ isTerminal: true });
  using progress = new Progress({ quiet: true, screen });
  progress.phase("denoising", 2);
  progress.advance();
  progress.log("unheard");
  assertEquals(state.text, "");
});

Deno.test("Progress says warnings even when quiet", () => {
  for (const quiet of [false, true]) {
    const { state, screen } = memory({ isTerminal: false });
    using progress = new Progress({ quiet, screen });
    progress.warn("beware");
    assertEquals(state.text, "beware\n");
  }
});

Deno.test("Progress takes no time left from the first step, which compiles", () => {
  const { state, screen } = memory({ isTerminal: false });
  using progress = new Progress({ screen });
  progress.phase("training", 4);
  for (const ms of [20_000, 1000]) {
    state.ms += ms;
    progress.advance();
  }
  assertEquals(state.text.trim().split("\n"), [
    "training 0/4  0s",
    "training 1/4  20s",
    "training 2/4  21s, 2s left",
  ]);
});

Deno.test("Progress goes on where its screen is full", async () => {
  const { code, stdout } = await new Deno.Command("deno", {
    args: [
      "eval",
      "-q",
      `
      import { Progress } from "./cli/progress.ts";
      import { terminal } from "./cli/terminal.ts";
      Deno.stderr.writeSync = () => { throw new Error("No space left"); };
      using progress = new Progress();
      progress.phase("denoising", 2);
      progress.warn("beware");
      terminal.out("done");`,
    ],
    stderr: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "done\n"]);
});
