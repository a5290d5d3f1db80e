import { embedding } from "../autograd/embedding.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("embedding");

// As many tokens as rows of the table, in an order that repeats none.
for (const { rows, columns, n, label } of ACTIVATIONS) {
  const words = Uint32Array.from({ length: rows }, (_, i) => i * 37 % rows);
  const lookup = () => {
    const table = input([rows, columns]);
    const y = embedding(table, input([rows], { dtype: "u32", words }));
    return { y, table };
  };
  bench("gather", label, { bytes: 8 * n }, () => lookup().y);
  bench("scatter", label, { bytes: 12 * n }, () => {
    const { y, table } = lookup();
    return backward(y, table);
  }, /scatter$/);
}
