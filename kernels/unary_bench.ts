import { gelu, silu } from "../autograd/unary.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("unary");

for (const { n, label } of ACTIVATIONS) {
  for (
    const [name, of, count] of [
      ["geluTanh", gelu, n],
      ["silu", silu, n],
      ["silu, unaligned", silu, n - 1],
    ] as const
  ) {
    bench(name, label, { bytes: 8 * n }, () => of(input([count])));
    bench(name.replace(/^\w+/, "$& dx"), label, { bytes: 12 * n }, () => {
      const x = input([count]);
      return backward(of(x), x);
    }, /backward/);
  }
}
