import { matmul } from "../autograd/matmul.ts";
import { randomNormal } from "../autograd/random_normal.ts";
import { Tensor } from "../autograd/tensor.ts";
import { emit } from "../gpu/record.ts";
import { fill } from "../kernels/fill.ts";
import { orthogonalize, type Strides, writeFactors } from "./jacobi.ts";

const OVERSAMPLING = 16;
const ITERATIONS = 8;

/**
 * While recording, emits a subspace iteration from random vectors, the same at
 * every run: Q^T A [B, l, m] for Q [B, n, l], orthonormal columns that nearly
 * span what A [B, n, m] makes of its r largest singular vectors; l is r and
 * some more. An SVD of the result is nearly the truncated one of A.
 */
export function compressed(a: Tensor, r: number): Tensor {
  const [batch, n, m] = [a.dim(0), a.dim(1), a.dim(2)];
  const l = Math.min(r + OVERSAMPLING, n, m);
  const draw = new Tensor([6], "u32");
  emit(fill, { y: draw }, 1, { params: { word: 0x9e3779b9 } });
  let z = randomNormal(draw, [batch, m, l]);
  for (let i = 0;; i++) {
    const y = matmul(a, z);
    const q = orthonormal(y, l, n, inColumns(n, l), inRows(l, n));
    const x = matmul(q, a);
    if (i === ITERATIONS) return x;
    z = orthonormal(x, l, m, inRows(l, m), inColumns(m, l), [m, l]);
  }
}

/** An orthonormal basis of what `count` vectors span, laid out anew. */
function orthonormal(
  x: Tensor,
  count: number,
  length: number,
  from: Strides,
  to: Strides,
  shape = [count, length],
): Tensor {
  const batch = x.dim(0);
  const sizes = { batch, count, length, rotations: false };
  const y = new Tensor([batch, ...shape]);
  writeFactors(orthogonalize(x, sizes, from), {
    vectors: { to: y, ...to },
    flipBy: "vectors",
  });
  return y;
}

/** Vectors that are the rows of [count, length] matrices. */
export function inRows(count: number, length: number): Strides {
  return { matrix: count * length, vector: length, step: 1 };
}

/** Vectors that are the columns of [length, count] matrices. */
export function inColumns(length: number, count: number): Strides {
  return { matrix: count * length, vector: 1, step: count };
}
