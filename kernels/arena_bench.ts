import { emit, spread } from "../gpu/record.ts";
import { copy, zero } from "./arena.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";

const bench = suite("arena");

for (const { n, label } of WEIGHTS) {
  const [x, y] = [buffer(n), buffer(n)];
  const groups = spread(n, 1024);
  bench("copy", label, { bytes: 8 * n }, () => {
    emit(copy, { x, y }, groups);
  });
  bench("zero", label, { bytes: 4 * n }, () => {
    emit(zero, { y }, groups);
  });
}
