import { randomBits, randomNormal } from "../autograd/random_normal.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("random");

for (const { n, label } of ACTIVATIONS) {
  const draw = () => input([6], { dtype: "u32" });
  bench("words", label, { bytes: 4 * n }, () => randomBits(draw(), [n]));
  bench("normals", label, { bytes: 4 * n }, () => randomNormal(draw(), [n]));
}
