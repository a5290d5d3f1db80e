import { emit, spread, traits } from "../gpu/record.ts";
import { adamw, adamwEma } from "./adamw.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { buffer, filled, suite } from "./lib/bench_suite.ts";

const bench = suite("adamw");
const [groups, stats] = [buffer(6), filled(3, 1)]; // a factor of 0 changes nothing

for (const { n, label } of WEIGHTS) {
  const [w, g, m, v, ema] = [n, n, n, n, n].map((size) => buffer(size));
  const tensors = { w: w!, g: g!, m: m!, v: v!, groups, stats };
  const launch = () => {
    const { software, subgroupSize } = traits();
    const LANES = software && subgroupSize ? subgroupSize : 64;
    const walk = software ? 512 : 4;
    const params = {
      walk,
      group: 0,
      beta2: 0.95,
      eps: 1e-8,
      rest1: 0.1,
      rest2: 0.05,
      rest_ema: 0.01,
    };
    return {
      size: spread(n / 4, LANES * walk),
      options: { params, constants: { LANES } },
    };
  };
  bench("", label, { bytes: 28 * n }, () => {
    const { size, options } = launch();
    emit(adamw, tensors, size, options);
  });
  bench("with ema", label, { bytes: 36 * n }, () => {
    const { size, options } = launch();
    emit(adamwEma, { ...tensors, ema: ema! }, size, options);
  });
}
