import { emit, spread } from "../gpu/record.ts";
import { embeddingGather, embeddingScatter } from "./embedding.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { lanes } from "./stream.ts";

const bench = suite("embedding");

// As many tokens as rows of the table, in an order that repeats none.
for (const { rows, columns: width, n, label } of ACTIVATIONS) {
  const order = Uint32Array.from({ length: rows }, (_, i) => i * 37 % rows);
  const ids = buffer(rows, order);
  const [table, y] = [buffer(n), buffer(n)];
  const launch = () => ({
    params: { rows, width },
    constants: { LANES: lanes() },
  });
  bench("gather", label, { bytes: 8 * n }, () => {
    emit(embeddingGather, { table, ids, y }, spread(rows, 1), launch());
  });
  bench("scatter", label, { bytes: 12 * n }, () => {
    const tensors = { ids, dy: y, dtable: table };
    emit(embeddingScatter, tensors, spread(rows, 1), launch());
  });
}
