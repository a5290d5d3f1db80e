// This program's rows: through its public API, as a user would write them.
import { openGpu, record } from "../../../gpu/mod.ts";
import { fromArray, linear } from "../../../autograd/mod.ts";
import { CUBE, values } from "../sizes.ts";
import { coldStart, report } from "../timer.ts";

const imported = performance.now();
using gpu = await openGpu();
const opened = performance.now();
const [x, w] = [0, 1].map(() =>
  fromArray(gpu, [CUBE, CUBE], values(CUBE * CUBE))
);
using first = await record(gpu, () => linear(x!, w!).keep());
const recorded = performance.now();
first.run();
await first.result.read(gpu);
coldStart();
report({ op: "cold start: imports", ms: imported });
report({ op: "cold start: device", ms: opened - imported });
report({ op: "cold start: kernel", ms: recorded - opened });
report({ op: "cold start: run and read", ms: performance.now() - recorded });

const { measureRows } = await import("./rows.ts");
await measureRows(gpu);
