import { balancedFactors } from "../autograd/linalg/low_rank.ts";
import { svd } from "../autograd/linalg/svd.ts";
import { normal, suite } from "./lib/bench_suite.ts";

const bench = suite("jacobi_svd");
const RANK = 32;

// Of normal matrices, whose spectrum is as flat as that of what quantisation
// leaves. The arithmetic is that of a whole SVD by other methods, 4 n^2 m + 8 n^3.
for (const [n, m] of [[32, 128], [128, 128], [128, 512]] as const) {
  const flops = 4 * n * n * m + 8 * n ** 3;
  bench("svd", `${n} x ${m}`, { flops }, () => {
    const { u, s, v } = svd(normal([1, n, m]));
    return [u, s, v];
  });
}

// Phi of the layers of the tiny model.
for (const [batch, n, m] of [[1, 128, 128], [8, 128, 128], [1, 128, 512]]) {
  const flops = batch! * (4 * n! * n! * m! + 8 * n! ** 3);
  bench("balancedFactors", `${batch} x ${n} x ${m}`, { flops }, () => {
    const { L, R } = balancedFactors(normal([batch!, n!, m!]), RANK);
    return [L, R];
  });
}
