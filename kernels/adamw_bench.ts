import { emit } from "../gpu/emit.ts";
import { adamw, adamwEma } from "./adamw.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { filled, input, suite } from "./lib/bench_suite.ts";
import { update } from "./lib/walks.ts";

const bench = suite("adamw");

for (const { n, label } of WEIGHTS) {
  for (const averaged of [false, true]) {
    const work = { bytes: (averaged ? 36 : 28) * n };
    bench(averaged ? "with ema" : "", label, work, () => {
      const [w, g, m, v] = [input([n]), input([n]), input([n]), input([n])];
      const groups = input([6], { dtype: "u32" });
      const tensors = { w, g, m, v, groups, stats: filled([3], 1) }; // a factor of 0 changes nothing
      const { groups: size, walk, constants } = update(n);
      const params = {
        walk,
        group: 0,
        beta2: 0.95,
        eps: 1e-8,
        rest1: 0.1,
        rest2: 0.05,
        rest_ema: 0.01,
      };
      const options = { params, constants };
      if (!averaged) emit(adamw, tensors, size, options);
      else emit(adamwEma, { ...tensors, ema: input([n]) }, size, options);
      return [w, m, v];
    });
  }
}
