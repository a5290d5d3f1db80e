import { assert, assertThrows } from "@std/assert";
import { pinned, readAll, Tensor } from "../tensor.ts";
import { type GpuOptions, openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { readCase } from "../../tests/read_case.ts";
import { svd } from "./svd.ts";

interface SvdJson {
  readonly config: {
    readonly ranks: number[];
    readonly unique_reconstruction: Record<string, boolean[]>;
  };
  readonly tolerance: {
    readonly S_abs_over_S0: number;
    readonly recon_abs_over_S0: number;
    readonly recon_err_abs_over_S0: number;
  };
}

type Values = Float32Array<ArrayBuffer>;

interface Factors {
  readonly u: Values;
  readonly s: Values;
  readonly v: Values;
}

/** The svd of matrices a [B, m, n], by matrix. */
async function decompose(
  a: Values,
  shape: readonly number[],
  options: GpuOptions = {},
): Promise<Factors[]> {
  using gpu = await openGpu(options);
  const x = pinned(shape).write(gpu, a);
  using plan = await record(gpu, () => {
    const { u, s, v } = svd(x);
    return [u, s, v].map((t) => t.keep());
  });
  plan.run();
  const all = await readAll(gpu, plan.result);
  const part = (values: Values, b: number) => {
    const size = values.length / shape[0]!;
    return values.slice(b * size, (b + 1) * size);
  };
  return Array.from({ length: shape[0]! }, (_, b) => {
    const [u, s, v] = all.map((values) => part(values, b));
    return { u: u!, s: s!, v: v! };
  });
}

/** The sum over the first `rank` terms of u_i s v_j, [m, n]. */
function recompose({ u, s, v }: Factors, rank: number): number[] {
  const k = s.length;
  const [m, n] = [u.length / k, v.length / k];
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let t = 0; t < rank; t++) {
      sum += u[i * k + t]! * s[t]! * v[j * k + t]!;
    }
    return sum;
  });
}

/** How far the columns that belong to s above 0 are from orthonormal. */
function skewness(columns: Values, s: Values): number {
  const k = s.length;
  const kept = [...s.keys()].filter((j) => s[j]! > 0);
  let most = 0;
  for (const j of kept) {
    for (const t of kept) {
      let dot = j === t ? -1 : 0;
      for (let i = 0; i < columns.length / k; i++) {
        dot += columns[i * k + j]! * columns[i * k + t]!;
      }
      most = Math.max(most, Math.abs(dot));
    }
  }
  return most;
}

function furthest(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const off = Math.abs(got[i]! - want[i]!);
    most = off <= most ? most : off; // NaN stays
  }
  return most;
}

async function checkCase(name: string, options: GpuOptions): Promise<void> {
  const { json, tensor, shape } = readCase<SvdJson>(`svd/${name}`);
  const { config, tolerance } = json;
  const [batch, m, n] = shape("A") as [number, number, number];
  const found = await decompose(tensor("A"), [batch, m, n], options);
  found.forEach((factors, b) => {
    const of = (key: string) => {
      const size = tensor(key).length / batch;
      return tensor(key).subarray(b * size, (b + 1) * size);
    };
    const { u, s, v } = factors;
    const S = of("S");
    const within = (off: number, share: number, what: string) =>
      assert(
        off <= share * S[0]!,
        `${name} matrix ${b}: ${what} is off by ${off} of ${S[0]}`,
      );
    within(furthest(s, S), tolerance.S_abs_over_S0, "s");
    assert(s.every((value, i) => i === 0 || value <= s[i - 1]!));
    assert([...u, ...v].every(Number.isFinite));
    assert(skewness(u, s) < 1e-5, `${name} ${b}: U ${skewness(u, s)}`);
    assert(skewness(v, s) < 1e-5, `${name} ${b}: V ${skewness(v, s)}`);
    for (const rank of config.ranks) {
      const product = recompose(factors, rank);
      if (config.unique_reconstruction[rank]![b]) {
        const off = furthest(product, of(`recon_r${rank}`));
        within(off, tolerance.recon_abs_over_S0, `rank ${rank}`);
      } else {
        const A = of("A");
        const rest = Math.hypot(...product.map((value, i) => A[i]! - value));
        const off = Math.abs(rest - of(`recon_err_r${rank}`)[0]!);
        within(off, tolerance.recon_err_abs_over_S0, `error of rank ${rank}`);
      }
    }
  });
}

for (
  const name of [
    "columns_parallel",
    "ill_conditioned",
    "low_rank_product",
    "quant_residual",
    "random_square",
    "random_tall",
    "random_wide",
    "rank_deficient",
    "repeated_values",
    "tiny_sizes",
    "two_by_two",
  ]
) {
  Deno.test(`svd() agrees with LAPACK: ${name}`, () => checkCase(name, {}));
}

Deno.test("svd() agrees with LAPACK without subgroups", async () => {
  for (const name of ["random_tall", "random_wide", "two_by_two"]) {
    await checkCase(name, { without: ["subgroups"] });
  }
});

Deno.test("svd() keeps its precision at any scale, and signs are settled", async () => {
  const { tensor, shape } = readCase<SvdJson>("svd/random_tall");
  const plain = await decompose(tensor("A"), shape("A"));
  for (const scale of [2 ** -110, 2 ** 100, -1]) {
    const scaled = tensor("A").map((value) => value * scale);
    const found = await decompose(scaled, shape("A"));
    found.forEach(({ u, s, v }, b) => {
      const want = plain[b]!;
      assert(furthest(s.map((x) => x / Math.abs(scale)), want.s) === 0);
      assert(furthest(u, want.u) === 0);
      assert(furthest(v.map((x) => x * Math.sign(scale)), want.v) === 0);
    });
  }
});

Deno.test("svd() says which shapes it takes", () => {
  assertThrows(
    () => svd(new Tensor([3, 4])),
    RangeError,
    "Cannot decompose [3,4]: svd takes [B, m, n]",
  );
});
