import { fromArray, readAll } from "../../autograd/tensor.ts";
import { isObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { svd as decompose } from "../../autograd/linalg/svd.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./runner.ts";

/** Singular values and what the largest of them rebuild. */
export const svd: Readonly<Record<string, Runner>> = { svd: run };

const ORTHOGONAL = { abs: 1e-4 };

async function run(c: Case, gpu: Gpu): Promise<Comparison[]> {
  const { shape, values } = c.tensor("A");
  const [batch = 0, m = 0, n = 0] = shape;
  const a = fromArray(gpu, shape, values);
  using plan = await record(gpu, () => {
    const { u, s, v } = decompose(a);
    return [u.keep(), s.keep(), v.keep()];
  });
  plan.run();
  const tensors = [a, ...plan.result];
  const [A, U, S, V] = await readAll(gpu, tensors);
  for (const tensor of tensors) tensor.dispose();
  return Array.from({ length: batch }, (_, b) => {
    const part = (all: Float32Array) => {
      const size = all.length / batch;
      return all.subarray(b * size, (b + 1) * size);
    };
    const [u, s, v] = [part(U!), part(S!), part(V!)];
    const want = part(c.tensor("S").values);
    const unit = want[0]! || 1; // tolerances are shares of the largest s
    const share = (name: string, got: ArrayLike<number>, tolerance: string) => {
      const [mine, recorded] = [got, part(c.tensor(name).values)].map((all) =>
        Array.from(all, (value) => value / unit)
      );
      const limit = c.limit({ abs: tolerance });
      return compare(`${name}[${b}]`, mine!, recorded!, limit);
    };
    return [
      share("S", s, "S_abs_over_S0"),
      orthonormal(`U[${b}]`, u, s),
      orthonormal(`V[${b}]`, v, s),
      ...(c.numbers("ranks") ?? []).map((rank) => {
        const product = rebuilt(u, s, v, { m, n, rank });
        if (unique(c, rank, b)) {
          return share(`recon_r${rank}`, product, "recon_abs_over_S0");
        }
        const rest = Math.hypot(...part(A!).map((v, i) => v - product[i]!));
        return share(`recon_err_r${rank}`, [rest], "recon_err_abs_over_S0");
      }),
    ];
  }).flat();
}

/** Whether only one matrix is the nearest of this rank. */
function unique({ config }: Case, rank: number, matrix: number): boolean {
  const { unique_reconstruction: table } = config;
  const row: unknown = isObject(table) ? table[rank] : undefined;
  return Array.isArray(row) && row[matrix] === true;
}

/** The sum of the first `rank` terms u_i s v_j. */
function rebuilt(
  u: Float32Array,
  s: Float32Array,
  v: Float32Array,
  { m, n, rank }: { readonly m: number; readonly n: number; rank: number },
): number[] {
  const k = s.length;
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let t = 0; t < rank; t++) {
      sum += u[i * k + t]! * s[t]! * v[j * k + t]!;
    }
    return sum;
  });
}

/** Compares X^T X with I, for the columns that belong to s above 0. */
function orthonormal(
  what: string,
  x: Float32Array,
  s: Float32Array,
): Comparison {
  const k = s.length;
  const kept = s.keys().filter((j) => s[j]! > 0).toArray();
  const pairs = kept.flatMap((j) => kept.map((t) => [j, t] as const));
  const dots = pairs.map(([j, t]) => {
    let dot = 0;
    for (let i = 0; i < x.length; i += k) dot += x[i + j]! * x[i + t]!;
    return dot;
  });
  return compare(
    what,
    dots,
    pairs.map(([j, t]) => Number(j === t)),
    ORTHOGONAL,
  );
}
