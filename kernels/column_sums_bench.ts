import { emit, traits } from "../gpu/record.ts";
import { columnSums } from "./column_sums.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";

const bench = suite("column_sums");
const CHUNK = 128;

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const chunks = Math.ceil(rows / CHUNK);
  const [x, y] = [buffer(n), buffer(chunks * columns)];
  bench("", label, { bytes: 4 * n }, () => {
    emit(columnSums, { x, y }, [Math.ceil(columns / 256), chunks, 1], {
      params: { rows, columns: columns / 4, chunk: CHUNK },
      constants: { LANES: traits().software ? 8 : 32 },
    });
  });
}
