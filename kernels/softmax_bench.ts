import { softmax } from "../autograd/softmax.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("softmax");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  bench("forward", label, { bytes: 8 * n }, () => {
    return softmax(input([rows, columns]));
  });
  bench("dx", label, { bytes: 12 * n }, () => {
    const x = input([rows, columns]);
    return backward(softmax(x), x);
  }, /backward$/);
}
