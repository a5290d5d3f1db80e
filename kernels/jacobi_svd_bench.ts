import { randomNormal } from "../autograd/random_normal.ts";
import { pinned } from "../autograd/tensor.ts";
import { balancedFactors } from "../autograd/linalg/low_rank.ts";
import { svd } from "../autograd/linalg/svd.ts";
import { suite } from "./lib/bench_suite.ts";

const bench = suite("jacobi_svd");
const RANK = 32;
const draw = pinned([6], "u32");

// Of normal matrices, whose spectrum is as flat as that of what quantisation
// leaves. The arithmetic is that of a whole SVD by other methods, 4 n^2 m + 8 n^3.
for (const [n, m] of [[32, 128], [128, 128], [128, 512]] as const) {
  const flops = 4 * n * n * m + 8 * n ** 3;
  bench("svd", `${n} x ${m}`, { flops }, () => {
    const { u, s, v } = svd(randomNormal(draw, [1, n, m]));
    for (const part of [u, s, v]) part.keep();
  });
}

// Phi of the layers of the tiny model.
for (const [batch, n, m] of [[1, 128, 128], [8, 128, 128], [1, 128, 512]]) {
  const flops = batch! * (4 * n! * n! * m! + 8 * n! ** 3);
  bench("balancedFactors", `${batch} x ${n} x ${m}`, { flops }, () => {
    const a = randomNormal(draw, [batch!, n!, m!]);
    const { L, R } = balancedFactors(a, RANK);
    L.keep();
    R.keep();
  });
}
