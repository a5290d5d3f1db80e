import { emit } from "../gpu/record.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { stream } from "./stream.ts";
import { copy1, copy4 } from "./strided.ts";

const bench = suite("strided");
const HEAD = 32;
const NONE = [0, 0, 0, 0];

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const [x, y] = [buffer(n), buffer(n)];
  const rest = {
    x_start: 0,
    y_start: 0,
    n_high: NONE,
    s_high: NONE,
    t_high: NONE,
  };
  const [quads, heads] = [HEAD / 4, columns / HEAD];
  bench("heads to the front", label, { bytes: 8 * n }, () => {
    const { groups, constants } = stream(n / 4);
    emit(copy4, { x4: x, y4: y }, groups, {
      params: {
        count: n / 4,
        n_low: [quads, heads, rows, 0],
        s_low: [1, quads, heads * quads, 0],
        t_low: [1, rows * quads, quads, 0],
        ...rest,
      },
      constants: { RANK: 3, ...constants },
    });
  });
  bench("permute word by word", label, { bytes: 8 * n }, () => {
    const { groups, constants } = stream(n);
    emit(copy1, { x1: x, y1: y }, groups, {
      params: {
        count: n,
        n_low: [columns, rows, 0, 0],
        s_low: [1, columns, 0, 0],
        t_low: [rows, 1, 0, 0],
        ...rest,
      },
      constants: { RANK: 2, ...constants },
    });
  });
}
