import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";
import { quantizeRows } from "./quantize_rows.ts";

const bench = suite("quantize_rows");

for (const size of ACTIVATIONS) {
  const { rows, columns, n, label } = size;
  const blocks = Math.ceil(columns / 32);
  const [x, token, logit, index] = [n, 4 * rows, 1, 1].map((s) => buffer(s));
  const clips = { upper: logit!, lower: logit!, index: index! };
  for (const bits of [4, 8]) {
    const codes = buffer(rows * blocks * bits);
    const bytes = 4 * (n + rows * blocks * bits);
    bench(`${bits} bits`, label, { bytes }, () => {
      const tensors = { x: x!, ...clips, codes, token: token! };
      emitRows(quantizeRows, tensors, size, {
        params: {
          tokens: rows,
          top: 2 ** bits - 1,
          clip: 0.95,
          count: columns,
          blocks,
        },
        constants: { BYTES: bits > 4, LEARNED: true },
      });
    });
  }
}
