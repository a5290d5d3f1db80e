import { emit, spread } from "../gpu/record.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { randomNormals, randomWords } from "./random.ts";

const bench = suite("random");

for (const { n, label } of ACTIVATIONS) {
  const [draw, out] = [buffer(6), buffer(n)];
  const groups = spread(n, 1024);
  bench("words", label, { bytes: 4 * n }, () => {
    emit(randomWords, { draw, words: out }, groups);
  });
  bench("normals", label, { bytes: 4 * n }, () => {
    emit(randomNormals, { draw, y: out }, groups);
  });
}
