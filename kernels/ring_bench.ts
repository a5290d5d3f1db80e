import { emit } from "../gpu/emit.ts";
import { input, suite } from "./lib/bench_suite.ts";
import { ringWrite } from "./ring.ts";

const bench = suite("ring");

// A run keeps about sixteen statistics; the widths of Wan-1.3B show where that ends.
for (const width of [16, 1536, 8960]) {
  bench("", `${width} statistics`, { bytes: 8 * width }, () => {
    const [loss, stats] = [input([1]), input([width])];
    const slot = input([1], { dtype: "u32" });
    const ring = input([8, 1 + width]);
    emit(ringWrite, { loss, stats, slot, ring }, 1);
    return ring;
  });
}
