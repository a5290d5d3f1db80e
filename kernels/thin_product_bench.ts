import { emit, spread } from "../gpu/record.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { thinProduct } from "./thin_product.ts";

const bench = suite("thin_product");
const STORED = 32; // the rank that Phi began with

// L of layers of the tiny model and of Wan-1.3B, by a square of the rank that is left.
for (const n of [128, 512, 1536, 8960]) {
  const rank = STORED / 2;
  const [a, b, y] = [n, STORED, n].map((rows) => buffer(rows * STORED));
  const flops = 2 * n * rank * rank;
  bench("", `${n} x ${rank} x ${rank}`, { flops }, () => {
    const tensors = { a: a!, b: b!, y: y! };
    emit(thinProduct, tensors, spread(n * rank, 64), {
      params: {
        rows: n,
        columns: rank,
        inner: rank,
        a_row: STORED,
        b_row: STORED,
        y_row: STORED,
      },
    });
  });
}
