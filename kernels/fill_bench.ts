import { emit } from "../gpu/record.ts";
import { fill } from "./fill.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { stream } from "./stream.ts";

const bench = suite("fill");

for (const { n, label } of ACTIVATIONS) {
  const y = buffer(n);
  bench("", label, { bytes: 4 * n }, () => {
    const { groups, constants } = stream(n);
    emit(fill, { y }, groups, { params: { word: 7 }, constants });
  });
}
