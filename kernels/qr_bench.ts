import { balancedFactors } from "../autograd/linalg/low_rank.ts";
import { qr } from "../autograd/linalg/qr.ts";
import { recomposeAll } from "../autograd/linalg/recompose.ts";
import { normal, suite } from "./lib/bench_suite.ts";

const bench = suite("qr");

for (const [m, k] of [[1536, 32], [1536, 64], [8960, 32], [8960, 128]]) {
  // Of R and of Q.
  const flops = 4 * m! * k! * k!;
  bench("", `${m} x ${k}`, { flops }, () => {
    const { q, r } = qr(normal([1, m!, k!]));
    return [q, r];
  });
}

// Phi at its start, of matrices of Wan-1.3B: the arithmetic is that of the 13
// products with A that the iteration takes.
const LAYERS = [
  [1, 512, 512, 32],
  [1, 1536, 1536, 16],
  [1, 1536, 1536, 32],
  [4, 1536, 1536, 32],
  [1, 1536, 1536, 64],
  [1, 1536, 8960, 32],
  [1, 8960, 1536, 32],
] as const;
for (const [batch, n, m, r] of LAYERS) {
  const flops = batch * 26 * n * m * 32 * Math.ceil((r + 16) / 32);
  const size = `${batch} x ${n} x ${m} to ${r}`;
  bench("balancedFactors", size, { flops }, () => {
    const { L, R } = balancedFactors(normal([batch, n, m]), r);
    return [L, R];
  });
}

// Phi of so many layers, of half of its rank of 32.
for (
  const [batch, n, m] of [[1, 128, 128], [32, 128, 128], [1, 1536, 1536], [
    8,
    1536,
    1536,
  ], [1, 1536, 8960]]
) {
  const flops = 6 * batch! * 16 ** 2 * (n! + m!);
  bench("recompose", `${batch} x ${n} x ${m}`, { flops }, () => {
    const factors = Array.from({ length: batch! }, () => ({
      L: normal([n!, 32]).keep(),
      R: normal([32, m!]).keep(),
      rank: 16,
    }));
    recomposeAll(factors);
    return factors.flatMap(({ L, R }) => [L, R]);
  });
}
