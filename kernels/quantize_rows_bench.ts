import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";
import { quantizeRows } from "./quantize_rows.ts";

const bench = suite("quantize_rows");

for (const size of ACTIVATIONS) {
  const { rows, columns, n, label } = size;
  const blocks = Math.ceil(columns / 32);
  const [x, sums, logits, index] = [n, 1, 2, 1].map((s) => buffer(s));
  const ranges = { ranges0: logits!, ranges1: logits!, ranges2: logits! };
  for (const [bits, SETS] of [[4, 1], [4, 3], [8, 1]] as const) {
    const [codes, token] = [
      buffer(SETS * rows * blocks * bits),
      buffer(SETS * 4 * rows),
    ];
    const bytes = 4 * (n + SETS * rows * blocks * bits);
    const name = `${bits} bits${SETS > 1 ? `, ${SETS} sets of ranges` : ""}`;
    bench(name, label, { bytes }, () => {
      const read = { x: x!, index: index!, ...ranges };
      emitRows(quantizeRows, { ...read, codes, token, sums: sums! }, size, {
        params: {
          tokens: rows,
          top: 2 ** bits - 1,
          ratio: 0.95,
          half: 2 ** (bits - 1),
          blocks,
          span: 1,
        },
        constants: {
          SETS,
          BYTES: bits > 4,
          LEARNED: true,
          GROUPED: false,
        },
      });
    });
  }
}
