import { emit, spread, traits } from "../gpu/record.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { normRope, normRopePlain } from "./norm_rope.ts";

const bench = suite("norm_rope");

// Tokens, heads and their width: the tiny model and Wan-1.3B.
const SHAPES = [[2048, 4, 32], [1024, 12, 128]] as const;
for (const [rows, heads, Dh] of SHAPES) {
  const columns = heads * Dh;
  const [x, y] = [buffer(rows * columns), buffer(rows * columns)];
  const [cosine, sine] = [buffer(rows * Dh), buffer(rows * Dh)];
  const [gain, stats] = [buffer(columns), buffer(2 * rows)];
  const label = `${rows} x ${heads} heads of ${Dh}`;
  const bytes = 8 * rows * (columns + Dh);
  bench("rmsNorm", label, { bytes }, () => {
    const { subgroupSize, software } = traits();
    const walk = software ? 8 : 1;
    emit(
      subgroupSize > 0 ? normRope : normRopePlain,
      { x, gain, shift: gain, cosine, sine, y, stats },
      spread(rows, walk),
      {
        params: {
          rows,
          columns: columns / 4,
          walk,
          tokens: rows,
          parts: 1,
          head: Dh / 4,
          count: columns,
          eps: 1e-6,
        },
        constants: {
          CENTRE: false,
          SHIFT: false,
          ...(subgroupSize > 0 ? { LANES: subgroupSize } : {}),
        },
      },
    );
  });
}
