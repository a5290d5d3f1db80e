import { differentiable, reshape } from "./op.ts";
import { aligned, product, resized, summed } from "./product.ts";
import { broadcastShape, requireF32 } from "./shapes.ts";
import type { Shape, Tensor } from "./tensor.ts";

/** a b: [..., M, K] x [..., K, N] -> [..., M, N]; axes before the last two broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireF32("matmul", a, b);
  if (a.shape.length < 2 || b.shape.length < 2 || a.dim(-1) !== b.dim(-2)) {
    throw new RangeError(
      `Cannot multiply [${a.shape}] by [${b.shape}]: the columns of the one must be the rows of the other`,
    );
  }
  const outer = broadcastShape(
    "matmul",
    a.shape.slice(0, -2),
    b.shape.slice(0, -2),
  );
  const [M, K, N] = [a.dim(-2), a.dim(-1), b.dim(-1)];
  if (b.size === K * N && a.shape.length > 2) {
    // One b for all: the batch is just more rows.
    const rows = reshape(a, [a.size / K, K]);
    return reshape(matmul(rows, reshape(b, [K, N])), [...outer, M, N]);
  }
  const [K4, N4] = [aligned(K), aligned(N)];
  const a4 = resized(a, M, K4);
  const y4 = product(a4, resized(b, K, N4), { turned: true });
  return differentiable(resized(y4, M, N), [a, b], (dy) => {
    const dy4 = resized(dy, M, N4);
    const da = product(dy4, resized(b, K4, N4));
    const db = product(a4, dy4, { outer: true });
    return [
      reshape(resized(summedTo(da, a.shape), M, K), a.shape),
      reshape(resized(summedTo(db, b.shape), K, N), b.shape),
    ];
  });
}

/** Adds up the axes before the last two along which `shape` was broadcast. */
function summedTo(x: Tensor, shape: Shape): Tensor {
  const outer = x.shape.length - 2;
  for (let axis = 0; axis < outer; axis++) {
    const n = shape.at(axis - outer - 2) ?? 1;
    const given = axis >= x.shape.length - shape.length ? n : 1;
    if (given === 1 && x.dim(axis) > 1) x = summed(x, axis);
  }
  return x;
}
