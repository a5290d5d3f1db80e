import { emit, spread, traits } from "../gpu/record.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { ropePairs, ropeWide } from "./rope.ts";

const bench = suite("rope");

// Tokens, heads and their width: the tiny model, one twice as wide, and Wan-1.3B.
const SHAPES = [[2048, 4, 32], [2048, 8, 32], [1024, 12, 128]] as const;
for (const [rows, heads, Dh] of SHAPES) {
  const n = rows * heads * Dh;
  const [x, y] = [buffer(n), buffer(n)];
  const [cosine, sine] = [buffer(rows * Dh), buffer(rows * Dh)];
  const label = `${rows} x ${heads} heads of ${Dh}`;
  for (const step of [4, 2]) {
    const kernel = step === 4 ? ropeWide : ropePairs;
    const name = step === 4 ? "" : "unaligned";
    bench(name, label, { bytes: 8 * n + 8 * rows * Dh }, () => {
      const { subgroupSize, software } = traits();
      const walk = software ? 8 : 1;
      emit(kernel, { x, cosine, sine, y }, spread(rows, walk), {
        params: {
          rows,
          heads,
          walk,
          tokens: rows,
          head: Dh / step,
          way: 1,
        },
        constants: { LANES: subgroupSize || 64 },
      });
    });
  }
}
