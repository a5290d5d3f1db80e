/** A A^T or A^T A, the smaller, of A [n, m]: row-major, in double precision. */
export function gram(a: Float32Array, n: number, m: number): Float64Array {
  const size = Math.min(n, m);
  const rows = Array.from(
    { length: size },
    (_, i) =>
      n <= m
        ? Float64Array.from(a.subarray(i * m, (i + 1) * m))
        : Float64Array.from({ length: n }, (_, e) => a[e * m + i]!),
  );
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const [x, y] = [rows[i]!, rows[j]!];
      let sum = 0;
      for (let e = 0; e < x.length; e++) sum += x[e]! * y[e]!;
      out[i * size + j] = out[j * size + i] = sum;
    }
  }
  return out;
}

/** The eigenvalues of a symmetric matrix, unsorted; it is used up. */
export function eigenvalues(a: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonal(a, n);
  return implicitShifts(diagonal, beside);
}

/** Householder's reduction, from the last row up. */
function tridiagonal(a: Float64Array, n: number) {
  const beside = new Float64Array(n); // beside[i]: between i and i + 1
  const p = new Float64Array(n);
  for (let k = n - 1; k >= 2; k--) {
    const v = a.subarray(k * n, k * n + k);
    let squares = 0;
    for (let i = 0; i < k; i++) squares += v[i]! ** 2;
    const norm = Math.sqrt(squares);
    const last = v[k - 1]!;
    const beta = last > 0 ? -norm : norm;
    beside[k - 1] = beta;
    const half = squares - last * beta;
    if (half === 0) continue;
    v[k - 1] = last - beta;
    let dot = 0;
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += a[i * n + j]! * v[j]!;
      p[i] = sum / half;
      dot += p[i]! * v[i]!;
    }
    for (let i = 0; i < k; i++) p[i]! -= dot / (2 * half) * v[i]!;
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        a[i * n + j]! -= v[i]! * p[j]! + p[i]! * v[j]!;
      }
    }
  }
  if (n > 1) beside[0] = a[n]!;
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
  return { diagonal, beside };
}

/** The QL method with implicit shifts, on a tridiagonal matrix. */
function implicitShifts(d: Float64Array, e: Float64Array): Float64Array {
  for (let l = 0; l < d.length; l++) {
    for (;;) {
      let m = l;
      while (m < d.length - 1) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * size) break;
        m++;
      }
      if (m === l) break;
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r));
      let [s, c, p, i] = [1, 1, 0, m - 1];
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        e[i + 1] = r = Math.hypot(f, g);
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d;
}
