import { layerNormModulate, rmsNorm } from "../autograd/norm.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("norm");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  for (const name of ["layerNormModulate", "rmsNorm"]) {
    const layer = () => {
      const x = input([1, rows, columns]);
      const [shift, scale] = [input([1, columns]), input([1, columns])];
      const y = name === "rmsNorm"
        ? rmsNorm(x, { weight: scale, eps: 1e-6 })
        : layerNormModulate(x, shift, scale, 1e-6);
      return { x, y };
    };
    bench(name, label, { bytes: 8 * n }, () => layer().y);
    bench(`${name} dx`, label, { bytes: 12 * n }, () => {
      const { x, y } = layer();
      return backward(y, x);
    }, /^norm.backward/);
  }
}
