import { Stream } from "./random.ts";

/** Orthonormal axes of most variance, most first. */
export interface PrincipalAxes {
  /** [count, n]: a row is an axis. */
  readonly axes: Float64Array;
  /** Variance along each axis. */
  readonly variances: Float64Array;
}

const EXTRA = 16; // axes beyond those asked for, so that the last ones converge too
const ROUNDS = 60;

/**
 * The first eigenvectors of a symmetric positive matrix [n, n], by subspace
 * iteration with a Rayleigh-Ritz step at the end. Deterministic; the sign of
 * each axis makes its largest component positive.
 */
export function principalAxes(
  covariance: Float64Array,
  n: number,
  count: number,
): PrincipalAxes {
  const width = Math.min(n, count + EXTRA);
  let q = Float64Array.from(
    new Stream(0, "principal axes").normals(width * n),
  );
  orthonormalise(q, width, n);
  for (let round = 0; round < ROUNDS; round++) {
    q = times(q, covariance, width, n);
    orthonormalise(q, width, n);
  }
  const image = times(q, covariance, width, n);
  const small = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      small[i * width + j] = dot(q, i * n, image, j * n, n);
    }
  }
  const { vectors, values } = symmetricEigen(small, width);
  const order = Array.from(values.keys()).sort((a, b) =>
    values[b]! - values[a]!
  );
  const axes = new Float64Array(count * n);
  order.slice(0, count).forEach((from, to) => {
    const axis = axes.subarray(to * n, (to + 1) * n);
    for (let k = 0; k < width; k++) {
      const weight = vectors[k * width + from]!;
      for (let i = 0; i < n; i++) axis[i]! += weight * q[k * n + i]!;
    }
    const largest = axis.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a, 0);
    if (largest < 0) axis.forEach((v, i) => axis[i] = -v);
  });
  const variances = Float64Array.from(order.slice(0, count), (i) => values[i]!);
  return { axes, variances };
}

/** Rows of q [rows, n] times a symmetric matrix [n, n]. */
function times(q: Float64Array, m: Float64Array, rows: number, n: number) {
  const y = new Float64Array(rows * n);
  for (let r = 0; r < rows; r++) {
    const out = y.subarray(r * n, (r + 1) * n);
    for (let k = 0; k < n; k++) {
      const weight = q[r * n + k]!;
      const row = m.subarray(k * n, (k + 1) * n);
      for (let i = 0; i < n; i++) out[i]! += weight * row[i]!;
    }
  }
  return y;
}

/** Modified Gram-Schmidt on rows, twice for full precision. */
function orthonormalise(q: Float64Array, rows: number, n: number): void {
  for (let r = 0; r < rows; r++) {
    const row = q.subarray(r * n, (r + 1) * n);
    for (let pass = 0; pass < 2; pass++) {
      for (let s = 0; s < r; s++) {
        const along = dot(q, s * n, q, r * n, n);
        for (let i = 0; i < n; i++) row[i]! -= along * q[s * n + i]!;
      }
    }
    const norm = Math.sqrt(dot(q, r * n, q, r * n, n)) || 1;
    for (let i = 0; i < n; i++) row[i]! /= norm;
  }
}

function dot(
  a: Float64Array,
  from: number,
  b: Float64Array,
  at: number,
  n: number,
): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[from + i]! * b[at + i]!;
  return sum;
}

/** Cyclic Jacobi on a small symmetric matrix; eigenvectors are columns. */
function symmetricEigen(matrix: Float64Array, n: number) {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) off += a[p * n + q]! ** 2;
    }
    if (off < 1e-26 * a.reduce((s, v) => s + v * v, 0)) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
    }
  }
  return {
    vectors,
    values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!),
  };
}

function rotate(
  a: Float64Array,
  vectors: Float64Array,
  n: number,
  p: number,
  q: number,
): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (m: Float64Array, i: number, j: number) => {
    const [x, y] = [m[i]!, m[j]!];
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q);
}
