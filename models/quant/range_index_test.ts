import { assertEquals } from "@std/assert";
import { readCase } from "../../tests/read_case.ts";
import {
  officialCallIndex,
  officialTrainIndex,
  RANGE_COUNT,
  rangeIndex,
} from "./range_index.ts";

const { json: table } = readCase<Record<string, unknown>>(
  "quant/act_index_table",
);

/** The entry of the recorded table whose key begins so. */
function entry(start: string): unknown {
  const key = Object.keys(table).find((name) => name.startsWith(start));
  return key === undefined ? undefined : table[key];
}

Deno.test("officialTrainIndex() is the authors' training rule", () => {
  const recorded = Object.entries(entry("set_idx") as Record<string, number>);
  for (const [t, index] of recorded) {
    assertEquals(officialTrainIndex(Number(t)), index);
  }
});

Deno.test("officialCallIndex() is the authors' inference rule, call by call", () => {
  const recorded = entry("set_auto") as number[];
  assertEquals(recorded.map((_, call) => officialCallIndex(call)), recorded);
});

Deno.test("The authors' mode that does not count is the range of the first call", () => {
  assertEquals(entry("default_idx"), -1);
  assertEquals(officialCallIndex(0), RANGE_COUNT - 1);
});

Deno.test("The authors' rules take any number of ranges", () => {
  assertEquals(officialTrainIndex(27, 10), 7);
  assertEquals([0, 9, 10].map((call) => officialCallIndex(call, 10)), [
    9,
    0,
    0,
  ]);
});

Deno.test("rangeIndex() divides the timesteps evenly among the ranges", () => {
  const counts = new Array<number>(50).fill(0);
  for (let t = 0; t < 1000; t++) counts[rangeIndex(t)]!++;
  assertEquals(counts, new Array(50).fill(20));
  assertEquals(rangeIndex(1000), 49);
  assertEquals(rangeIndex(19.99), 0);
  assertEquals(rangeIndex(333, 3), 0);
  assertEquals(rangeIndex(334, 3), 1);
  assertEquals(rangeIndex(5, 4, 10), 2);
});
