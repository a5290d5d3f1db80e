import {
  describeOutputs,
  packWeight,
  unpackWeight,
} from "../autograd/pack_weight.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("pack_weight");

for (const { rows, columns, n, label } of WEIGHTS) {
  for (const bits of [4, 3]) {
    const words = Math.ceil(columns * bits / 32);
    const packed = () => ({
      qweight: input([rows, words], { dtype: "u32" }),
      bits,
      inputs: columns,
    });
    const grid = () => ({ scale: input([rows]), zero: input([rows]) });
    const bytes = 4 * rows * words;
    bench(`pack ${bits} bits`, label, { bytes: bytes + 4 * n }, () => {
      return packWeight(input([rows, columns]), bits).qweight;
    });
    bench(`describe ${bits} bits`, label, { bytes }, () => {
      return describeOutputs(packed(), grid());
    });
    bench(`unpack ${bits} bits`, label, { bytes: bytes + 4 * n }, () => {
      return unpackWeight(packed(), grid());
    });
  }
}
