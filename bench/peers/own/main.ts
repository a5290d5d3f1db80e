// This program's rows: through its public API, as a user would write them.
import { fromArray, linear, openGpu, record } from "../../../mod.ts";
import { CUBE, values } from "../sizes.ts";
import { coldStart } from "../timer.ts";

using gpu = await openGpu();
const [x, w] = [0, 1].map(() =>
  fromArray(gpu, [CUBE, CUBE], values(CUBE * CUBE))
);
using first = await record(gpu, () => linear(x!, w!).keep());
first.run();
await first.result.read(gpu);
coldStart();

const { measureRows } = await import("./rows.ts");
await measureRows(gpu);
