import { emit } from "../gpu/record.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { ringWrite } from "./ring.ts";

const bench = suite("ring");

// A run keeps about sixteen statistics; the widths of Wan-1.3B show where that ends.
for (const width of [16, 1536, 8960]) {
  const [loss, slot, stats] = [buffer(1), buffer(1), buffer(width)];
  const ring = buffer(8 * (1 + width));
  bench("", `${width} statistics`, { bytes: 8 * width }, () => {
    emit(ringWrite, { loss, stats, slot, ring }, 1);
  });
}
