import { fakeQuantWeight, weightCodes } from "../autograd/fake_quant_weight.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { backward, filled, input, suite } from "./lib/bench_suite.ts";

const bench = suite("fake_quant_weight");
const RANK = 4; // its product is not timed

for (const { rows, columns, n, label } of WEIGHTS) {
  const weight = () => ({
    w: input([rows, columns]),
    grid: { scale: filled([rows, 1], 1), zero: input([rows, 1]), bits: 4 },
  });
  for (const branch of [false, true]) {
    const name = `forward${branch ? " + branch" : ""}`;
    bench(name, label, { bytes: (branch ? 12 : 8) * n }, () => {
      const { w, grid } = weight();
      if (!branch) return fakeQuantWeight(w, grid);
      const [L, R] = [input([rows, RANK]), input([RANK, columns])];
      const lowRank = { L, R, gamma: input([RANK]) };
      return fakeQuantWeight(w, { ...grid, lowRank });
    }, /forward$/);
  }
  bench("dw ds dz", label, { bytes: 12 * n }, () => {
    const { w, grid } = weight();
    return backward(fakeQuantWeight(w, grid), w, grid.scale, grid.zero);
  }, /backward$/);
  bench("codes", label, { bytes: 8 * n }, () => {
    const { w, grid } = weight();
    return weightCodes(w, grid);
  });
}
