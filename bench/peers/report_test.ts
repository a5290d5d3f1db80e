import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { denoCommand } from "../../cli/deno_command.ts";
import { OWN } from "./contenders.ts";
import { judge, meets } from "./gates.ts";
import { drawRatios } from "./plot.ts";
import { bars, markdown, timesOf } from "./report.ts";
import { type Measured, medianOver, turn } from "./rounds.ts";

/** Two rounds: ours twice as slow in the second, the peer steady. */
const LINES: Measured[] = [1, 2].flatMap((round) => [
  { round, contender: OWN, op: "linear", ms: 50 * round, device: 40 },
  { round, contender: OWN, op: "linear dX", ms: 60, device: 50 },
  { round, contender: "jax-js", op: "linear", ms: 1000 },
  { round, contender: "tfjs", op: "linear", error: "out of memory" },
]);

function gate(what: string) {
  return judge(LINES, 2).find((g) => g.what.startsWith(what))!;
}

Deno.test("a ratio is taken in each round and judged on the median", () => {
  const against = gate("f32 linear, 1024 x 1536 x 1536, against jax-js");
  assertEquals(against.rounds, [20, 10]);
  assertEquals(against.median, 15);
  assertEquals(meets(against, 15, against.gate), true);
  assertAlmostEquals(gate("dX").median!, 0.8);
});

Deno.test("a gate without its numbers is not judged", () => {
  assertEquals(gate("AdamW").median, undefined);
  assertEquals(gate("f32 linear, 1024 x 1536 x 1536, against tfjs").rounds, [
    undefined,
    undefined,
  ]);
});

Deno.test("the median of an even count lies between the middle two", () => {
  assertEquals(medianOver(4, (round) => [4, 1, 3, 9][round - 1]), 3.5);
});

Deno.test("the page has a table of times, one of gates, and says who is missing", () => {
  const times = timesOf(LINES, 2);
  assertEquals(bars(times), [{
    op: "linear",
    peer: "jax-js",
    ratio: 1000 / 75,
  }]);
  const page = markdown({
    adapter: "llvmpipe",
    date: "2026-01-01",
    rounds: 2,
    times,
    gates: judge(LINES, 2),
    missing: new Map([["tfjs", "out of memory"]]),
  });
  assert(/\| linear \| 75\.0 \| 1000 \|/.test(page));
  assert(/against jax-js \| 15 \| 20 10 \| 8 \| 14 \| aim \|/.test(page));
  assert(/tfjs did not run: out of memory/.test(page));
  assert(/^<svg[^]*jax-js/.test(drawRatios(bars(times), "llvmpipe")));
});

Deno.test("what a contender's libraries print beside its lines is passed over", async () => {
  const printed = ["{ hints: 3 }", "[1]", `{"op":"gelu","ms":2}`, "{}"];
  const command = denoCommand([
    "eval",
    `for (const line of ${JSON.stringify(printed)}) console.log(line)`,
  ]);
  const contender = { name: "tfjs", webgpu: true, file: "web/tfjs.ts" };
  assertEquals(await turn(contender, 1, command), [
    { op: "gelu", ms: 2, round: 1, contender: "tfjs" },
  ]);
});
