import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";
import { softmaxBackward, softmaxForward } from "./softmax.ts";

const bench = suite("softmax");

for (const size of ACTIVATIONS) {
  const { n, label } = size;
  const [x, y, dy, dx] = [buffer(n), buffer(n), buffer(n), buffer(n)];
  bench("forward", label, { bytes: 8 * n }, () => {
    emitRows(softmaxForward, { x, y }, size);
  });
  bench("dx", label, { bytes: 12 * n }, () => {
    emitRows(softmaxBackward, { seen: y, dy, dx }, size);
  });
}
