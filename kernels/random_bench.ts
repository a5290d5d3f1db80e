import { emit, spread } from "../gpu/record.ts";
import { benchKernel, buffer } from "./lib/bench.ts";
import { randomNormals, randomWords } from "./random.ts";

for (const n of [2 ** 16, 2 ** 22]) {
  const [draw, out] = [buffer(6), buffer(n)];
  const groups = spread(n, 1024);
  benchKernel("random words", `${n}`, { bytes: 4 * n }, () => {
    emit(randomWords, { draw, words: out }, groups);
  });
  benchKernel("random normals", `${n}`, { bytes: 4 * n }, () => {
    emit(randomNormals, { draw, y: out }, groups);
  });
}
