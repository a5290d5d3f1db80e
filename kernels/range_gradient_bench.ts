import { fakeQuantActivation } from "../autograd/fake_quant_activation.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("range_gradient");

// A pair of ranges for each sample; tokens of the tiny model, then of larger ones.
for (const [samples, tokens] of [[32, 64], [4, 1536], [1, 8960]] as const) {
  const bytes = 8 * samples * tokens;
  bench("", `${samples} x ${tokens} tokens`, { bytes }, () => {
    const words = Uint32Array.from({ length: samples }, (_, i) => i);
    const index = input([samples], { dtype: "u32", words });
    const [upper, lower] = [input([samples]), input([samples])];
    const y = fakeQuantActivation(input([samples, tokens, 32]), {
      bits: 4,
      ranges: { upper, lower, index },
    });
    return backward(y, upper, lower);
  }, /^range_gradient/);
}
