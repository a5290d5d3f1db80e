import { emit, spread } from "../gpu/emit.ts";
import { copy, zero } from "./arena.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("arena");

for (const { n, label } of WEIGHTS) {
  const groups = spread(n, 1024);
  bench("copy", label, { bytes: 8 * n }, () => {
    const [x, y] = [input([n]), input([n])];
    emit(copy, { x, y }, groups);
    return y;
  });
  bench("zero", label, { bytes: 4 * n }, () => {
    const y = input([n]);
    emit(zero, { y }, groups);
    return y;
  });
}
