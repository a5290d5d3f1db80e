import {
  blockSum,
  blockSumsNormalized,
  blockSumWeighted,
} from "../autograd/block_sums.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("block_sums");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const matrix = () => input([rows, columns]);
  bench("plain", label, { bytes: 4 * n }, () => blockSum(matrix()));
  bench("weighted", label, { bytes: 8 * n }, () => {
    return blockSumWeighted(matrix(), matrix());
  });
  bench("normalized", label, { bytes: 8 * n }, () => {
    return blockSumsNormalized(matrix(), matrix(), input([rows, 2]));
  });
}
