import { fakeQuantActivation } from "../autograd/fake_quant_activation.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("fake_quant_activation");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const layer = () => {
    const x = input([rows, columns]);
    const [upper, lower] = [input([1]), input([1])];
    const ranges = { upper, lower, index: input([1], { dtype: "u32" }) };
    return { x, upper, y: fakeQuantActivation(x, { bits: 4, ranges }) };
  };
  bench("forward", label, { bytes: 8 * n }, () => layer().y);
  bench("dx dranges", label, { bytes: 12 * n }, () => {
    const { x, upper, y } = layer();
    return backward(y, x, upper);
  }, /^fake_quant_activation.backward/);
}
