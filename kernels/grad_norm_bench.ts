import { emit } from "../gpu/record.ts";
import { gradNormBlocks, normFactor } from "./grad_norm.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows, rowForm } from "./lib/rows.ts";

const bench = suite("grad_norm");
const BLOCK = 4096;

for (const { n, label } of WEIGHTS) {
  const rows = n / BLOCK;
  const [g, sums, stats] = [buffer(n), buffer(rows), buffer(3)];
  bench("blocks", label, { bytes: 4 * n }, () => {
    emitRows(gradNormBlocks, { g, sums }, { rows, columns: BLOCK }, {
      params: { first: 0 },
    });
  });
  // The last two words of a group: its blocks.
  const groups = buffer(6, Uint32Array.of(0, 0, 0, 0, 0, rows));
  bench(
    "norm factor",
    label,
    { bytes: 4 * rows },
    () => {
      const { kernel, constants } = rowForm(normFactor, 1);
      const params = { count: 1, most: 1 };
      emit(kernel, { sums, groups, stats }, 1, { params, constants });
    },
  );
}
