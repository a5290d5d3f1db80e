import { emit } from "../gpu/record.ts";
import { BINARY, binary1, binary4 } from "./binary.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { stream } from "./stream.ts";

const bench = suite("binary");
const NONE = [0, 0, 0, 0];

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const [a, b, y] = [buffer(n), buffer(n), buffer(n)];
  const rest = { n_high: NONE, s_high: NONE, t_high: NONE };

  bench("add", label, { bytes: 12 * n }, () => {
    const { groups, constants } = stream(n / 4);
    emit(binary4, { a4: a, b4: b, y4: y }, groups, {
      params: {
        count: n / 4,
        n_low: [n / 4, 0, 0, 0],
        s_low: [1, 0, 0, 0],
        t_low: [1, 0, 0, 0],
        ...rest,
      },
      constants: { OP: BINARY.add, RANK: 1, ...constants },
    });
  });

  for (const wide of [true, false]) {
    const unit = wide ? 4 : 1;
    const name = `mul by a vector${wide ? "" : ", unaligned"}`;
    bench(name, label, { bytes: 8 * n }, () => {
      const { groups, constants } = stream(n / unit);
      const width = columns / unit;
      const options = {
        params: {
          count: n / unit,
          n_low: [width, rows, 0, 0],
          s_low: [1, width, 0, 0],
          t_low: [1, 0, 0, 0],
          ...rest,
        },
        constants: { OP: BINARY.mul, RANK: 2, ...constants },
      };
      if (wide) emit(binary4, { a4: a, b4: b, y4: y }, groups, options);
      else emit(binary1, { a1: a, b1: b, y1: y }, groups, options);
    });
  }
}
