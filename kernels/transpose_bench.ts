import { emit } from "../gpu/record.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { transpose } from "./transpose.ts";

const bench = suite("transpose");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const [x, y] = [buffer(n), buffer(n)];
  bench("", label, { bytes: 8 * n }, () => {
    emit(transpose, { x, y }, [rows / 32, columns / 32], {
      params: { rows, columns },
    });
  });
}
