import { quantizeTokens } from "../autograd/quantize_tokens.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("quantize_rows");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  for (const [bits, sets] of [[4, 1], [4, 3], [8, 1]] as const) {
    const words = rows * Math.ceil(columns / 32) * bits;
    const name = `${bits} bits${sets > 1 ? `, ${sets} sets of ranges` : ""}`;
    bench(name, label, { bytes: 4 * (n + sets * words) }, () => {
      const index = input([1], { dtype: "u32" });
      const ranges = { logits: input([2, 1]), index };
      const tokens = { bits, rangeRatio: 0.95, ranges };
      const layout = { bytes: bits > 4, oddApart: false };
      const all = Array.from({ length: sets }, () => tokens);
      const made = quantizeTokens(input([1, rows, columns]), all, layout);
      return made.flatMap(({ codes, token }) => [codes, token]);
    });
  }
}
