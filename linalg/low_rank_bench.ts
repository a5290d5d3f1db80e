import { randomNormal } from "../autograd/random_normal.ts";
import { pinned } from "../autograd/tensor.ts";
import { benchKernel } from "../kernels/lib/bench.ts";
import { balancedFactors, recompose } from "./low_rank.ts";

const RANK = 32;

// Phi of normal matrices, whose spectrum is as flat as that of a residual. The
// arithmetic is that of a whole SVD by other methods, 4 n^2 m + 8 n^3.
for (
  const [batch, n, m] of [
    [1, 128, 128],
    [8, 128, 128],
    [1, 128, 512],
    [1, 256, 256],
    [1, 256, 1024],
    [1, 640, 640],
  ] as const
) {
  const draw = pinned([6], "u32");
  const flops = batch * (4 * n * n * m + 8 * n ** 3);
  benchKernel("balancedFactors", `${batch} x ${n} x ${m}`, { flops }, () => {
    const { L, R } = balancedFactors(randomNormal(draw, [batch, n, m]), RANK);
    L.keep();
    R.keep();
  });
}

for (const [n, m] of [[128, 128], [1536, 1536]] as const) {
  const draw = pinned([6], "u32");
  const flops = 4 * RANK * RANK * (n + m);
  benchKernel("recompose", `${n} x ${m}`, { flops }, () => {
    const L = randomNormal(draw, [n, RANK]).keep();
    const R = randomNormal(draw, [RANK, m]).keep();
    recompose(L, R, RANK / 2);
  });
}
