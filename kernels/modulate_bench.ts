import { gatedResidual, modulate } from "../autograd/modulate.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("modulate");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const x = () => input([1, rows, columns]);
  const vector = () => input([1, columns]);
  bench("", label, { bytes: 8 * n }, () => modulate(x(), vector(), vector()));
  bench("gated", label, { bytes: 12 * n }, () => {
    return gatedResidual(x(), x(), vector());
  });
}
