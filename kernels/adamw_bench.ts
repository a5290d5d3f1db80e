import { emit, spread, traits } from "../gpu/record.ts";
import { adamw } from "./adamw.ts";
import { clipFactor, gradNormBlocks } from "./grad_norm.ts";
import { benchKernel, buffer } from "./lib/bench.ts";
import { emitRows, rowForm } from "./lib/rows.ts";

const BLOCK = 4096;

// Norm, clip factor and update: what a step does to all weights.
for (const n of [2 ** 18, 2 ** 22, 7_077_888]) {
  const [w, g, m, v] = [buffer(n), buffer(n), buffer(n), buffer(n)];
  const rows = n / BLOCK;
  const sums = buffer(rows);
  const [groups, stats] = [buffer(6), buffer(3)];
  benchKernel("AdamW", `${n} weights`, { bytes: 32 * n }, () => {
    emitRows(gradNormBlocks, { g, sums }, { rows, columns: BLOCK }, {
      params: { first: 0 },
    });
    const { kernel, constants } = rowForm(clipFactor, 1);
    const params = { count: 1, most: 0 };
    emit(kernel, { sums, groups, stats }, 1, { params, constants });
    const { software, subgroupSize } = traits();
    const LANES = software && subgroupSize ? subgroupSize : 64;
    const walk = software ? 512 : 4;
    emit(
      adamw,
      { w, g, m, v, groups, stats },
      spread(n / 4, LANES * walk),
      {
        constants: { LANES },
        params: {
          walk,
          group: 0,
          beta2: 0.95,
          eps: 1e-8,
          rest1: 0.1,
          rest2: 0.05,
          rest_ema: 0,
        },
      },
    );
  });
}
