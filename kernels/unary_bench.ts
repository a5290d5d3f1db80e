import { emit } from "../gpu/record.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { stream } from "./stream.ts";
import { backward1, backward4, forward1, forward4, UNARY } from "./unary.ts";

const bench = suite("unary");

for (const { n, label } of ACTIVATIONS) {
  const [x, y, dy] = [buffer(n), buffer(n), buffer(n)];
  const launch = (name: keyof typeof UNARY, count: number) => {
    const { groups, constants } = stream(count);
    const params = { a: 1, b: 0 };
    const options = { params, constants: { OP: UNARY[name], ...constants } };
    return { groups, options };
  };
  for (const name of ["geluTanh", "silu"] as const) {
    bench(name, label, { bytes: 8 * n }, () => {
      const { groups, options } = launch(name, n / 4);
      emit(forward4, { x4: x, y4: y }, groups, options);
    });
    bench(`${name} dx`, label, { bytes: 12 * n }, () => {
      const { groups, options } = launch(name, n / 4);
      emit(backward4, { x4: x, dy4: dy, y4: y }, groups, options);
    });
  }
  bench("silu, unaligned", label, { bytes: 8 * n }, () => {
    const { groups, options } = launch("silu", n);
    emit(forward1, { x1: x, y1: y }, groups, options);
  });
  bench("silu dx, unaligned", label, { bytes: 12 * n }, () => {
    const { groups, options } = launch("silu", n);
    emit(backward1, { x1: x, dy1: dy, y1: y }, groups, options);
  });
}
