import { add, mul } from "../autograd/binary.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("binary");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  bench("add", label, { bytes: 12 * n }, () => add(input([n]), input([n])));
  for (const width of [columns, columns - 1]) {
    const name = `mul by a vector${width === columns ? "" : ", unaligned"}`;
    bench(
      name,
      label,
      { bytes: 8 * n },
      () => mul(input([rows, width]), input([width])),
    );
  }
}
