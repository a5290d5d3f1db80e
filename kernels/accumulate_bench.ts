import { emit, spread } from "../gpu/record.ts";
import { accumulate } from "./accumulate.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";

const bench = suite("accumulate");

for (const { n, label } of ACTIVATIONS) {
  const [a, b, c] = [buffer(n), buffer(n), buffer(n)];
  bench("", label, { bytes: 12 * n }, () => {
    emit(accumulate, { a, b, c }, spread(n, 256));
  });
}
