import { assert, assertEquals } from "@std/assert";
import { Progress } from "./progress.ts";
import type { GenerationProgress } from "../infer/generation.ts";
import { StepWatch } from "./step_watch.ts";

/** The phases that are shown for the events of a clip. */
type Told = [phase: GenerationProgress["phase"], done: number, total: number];

function shown(events: Told[]) {
  let text = "";
  let ms = 0;
  using progress = new Progress({
    screen: {
      write: (more) => text += more,
      isTerminal: false,
      color: false,
      columns: () => 80,
      now: () => ms += 1000,
    },
  });
  const watch = new StepWatch(progress);
  for (const [phase, done, total] of events) {
    watch.onProgress({ phase, done, total });
  }
  assert(watch.msAStep >= 0);
  const labels = text.trim().split("\n").map((line) => line.split("  ")[0]!);
  return [...new Set(labels)];
}

Deno.test("StepWatch speaks of compiling only where the pipeline does", () => {
  const steps: Told[] = [
    ["denoise", 1, 2],
    ["denoise", 2, 2],
  ];
  const first = shown([["compile", 0, 2], ...steps]);
  assertEquals(first, [
    "compiling kernels, first step",
    "denoising 0/2",
    "denoising 1/2",
    "denoising 2/2",
  ]);
  assertEquals(shown([["denoise", 0, 2], ...steps]), first.slice(1));
});
