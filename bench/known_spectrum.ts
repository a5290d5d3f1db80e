import { normal } from "../core/random.ts";

/**
 * A matrix [n, m] of the singular values s: diag(s) between reflections by
 * normal vectors, three on either side.
 */
export function knownSpectrum(
  n: number,
  m: number,
  s: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  const a = new Float32Array(n * m);
  for (let i = 0; i < s.length; i++) a[i * m + i] = s[i]!;
  for (let word = 1; word <= 3; word++) {
    reflectRows(a, m, unitVector(n, word));
    reflectColumns(a, m, unitVector(m, -word));
  }
  return a;
}

/** s of an n x m matrix of noise, largest first: the Marchenko-Pastur law, at n quantiles; n <= m. */
export function noiseSpectrum(n: number, m: number): Float64Array {
  const ratio = Math.sqrt(n / m);
  const steps = 64 * n;
  // s^2 / m goes from (1 - ratio)^2 to (1 + ratio)^2; with s^2 / m = centre - 2 ratio cos t
  // the density is proportional to sin^2 t / (s^2 / m).
  const value = (t: number) => 1 + ratio ** 2 + 2 * ratio * Math.cos(t);
  const weight = (t: number) => Math.sin(t) ** 2 / Math.max(value(t), 1e-12);
  let total = 0;
  for (let i = 0; i < steps; i++) total += weight(Math.PI * (i + 0.5) / steps);
  const s = new Float64Array(n);
  for (let i = 0, sum = 0, k = 0; i < steps && k < n; i++) {
    const t = Math.PI * (i + 0.5) / steps;
    sum += weight(t) / total;
    while (k < n && sum * n >= k + 0.5) s[k++] = Math.sqrt(m * value(t));
  }
  return s;
}

/** ||A - L R||^2 for A [n, m], L [n, r], R [r, m]. */
export function residualOf(
  a: Float32Array,
  L: Float32Array,
  R: Float32Array,
  r: number,
): number {
  const [n, m] = [L.length / r, R.length / r];
  const row = new Float64Array(m);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) row[j] = a[i * m + j]!;
    for (let t = 0; t < r; t++) {
      const l = L[i * r + t]!;
      for (let j = 0; j < m; j++) row[j]! -= l * R[t * m + j]!;
    }
    for (let j = 0; j < m; j++) sum += row[j]! ** 2;
  }
  return sum;
}

/** The least that any L R of rank r can leave. */
export function leastResidual(s: ArrayLike<number>, r: number): number {
  let sum = 0;
  for (let i = r; i < s.length; i++) sum += s[i]! ** 2;
  return sum;
}

function unitVector(size: number, word: number): Float64Array {
  const out = new Float32Array(size);
  normal([word >>> 0, 17], [0, 0, 0, 0], out);
  const norm = Math.sqrt(out.reduce((sum, v) => sum + v * v, 0));
  return Float64Array.from(out, (v) => v / norm);
}

/** a <- (I - 2 v v^T) a */
function reflectRows(a: Float32Array, m: number, v: Float64Array): void {
  const dots = new Float64Array(m);
  for (let i = 0; i < v.length; i++) {
    for (let j = 0; j < m; j++) dots[j]! += v[i]! * a[i * m + j]!;
  }
  for (let i = 0; i < v.length; i++) {
    for (let j = 0; j < m; j++) a[i * m + j]! -= 2 * v[i]! * dots[j]!;
  }
}

/** a <- a (I - 2 v v^T) */
function reflectColumns(a: Float32Array, m: number, v: Float64Array): void {
  for (let i = 0; i < a.length; i += m) {
    let dot = 0;
    for (let j = 0; j < m; j++) dot += a[i + j]! * v[j]!;
    for (let j = 0; j < m; j++) a[i + j]! -= 2 * dot * v[j]!;
  }
}
