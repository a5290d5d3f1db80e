import { assertEquals } from "@std/assert";
import { duration, Progress, type Screen } from "./progress.ts";

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

Deno.test("duration() reads well from seconds to hours", () => {
  assertEquals([9.4, 65, 7620].map(duration), ["9s", "1m05s", "2h07m"]);
});

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
