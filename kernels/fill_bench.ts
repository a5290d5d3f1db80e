import { full } from "../autograd/full.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { suite } from "./lib/bench_suite.ts";

const bench = suite("fill");

for (const { n, label } of ACTIVATIONS) {
  bench("", label, { bytes: 4 * n }, () => full([n], 7));
}
