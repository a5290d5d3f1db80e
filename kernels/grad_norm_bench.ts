import { emit } from "../gpu/emit.ts";
import { gradNormBlocks, normFactor } from "./grad_norm.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";
import { emitRows, rowForm } from "./lib/rows.ts";

const bench = suite("grad_norm");
const BLOCK = 4096;

for (const { n, label } of WEIGHTS) {
  const rows = n / BLOCK;
  bench("blocks", label, { bytes: 4 * n }, () => {
    const [g, sums] = [input([n]), input([rows])];
    emitRows(gradNormBlocks, { g, sums }, { rows, columns: BLOCK }, {
      params: { first: 0 },
    });
    return sums;
  });
  bench("norm factor", label, { bytes: 4 * rows }, () => {
    const [sums, stats] = [input([rows]), input([3])];
    // The last two words of a group: its blocks.
    const words = Uint32Array.of(0, 0, 0, 0, 0, rows);
    const groups = input([6], { dtype: "u32", words });
    const { kernel, constants } = rowForm(normFactor, 1);
    const params = { count: 1, most: 1 };
    emit(kernel, { sums, groups, stats }, 1, { params, constants });
    return stats;
  });
}
