import { emit, spread } from "../gpu/emit.ts";
import { accumulate } from "./accumulate.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("accumulate");

for (const { n, label } of ACTIVATIONS) {
  bench("", label, { bytes: 12 * n }, () => {
    const [a, b, c] = [input([n]), input([n]), input([n])];
    emit(accumulate, { a, b, c }, spread(n, 256));
    return c;
  });
}
