import { assert, assertThrows } from "@std/assert";
import { pinned, readAll, Tensor } from "../tensor.ts";
import { normal } from "../../core/random.ts";
import { type GpuOptions, openGpu } from "../../gpu/device.ts";
import type { Traits } from "../../gpu/traits.ts";
import { record } from "../../gpu/record.ts";
import { qr } from "./qr.ts";

type Values = Float32Array<ArrayBuffer>;

function draw(size: number, word = 1): Values {
  const out = new Float32Array(size);
  normal([word, 7], [0, 0, 0, 0], out);
  return out;
}

/** A's largest error |A - Q R|, as a share of its largest number, and |Q^T Q - I|. */
async function errors(
  [batch, m, k]: readonly [number, number, number],
  a: Values,
  options: GpuOptions = {},
  traits: Partial<Traits> = {},
) {
  using gpu = await openGpu(options);
  Object.defineProperty(gpu, "traits", { value: { ...gpu.traits, ...traits } });
  const x = pinned([batch, m, k]).write(gpu, a);
  using plan = await record(gpu, () => {
    const { q, r } = qr(x);
    return [q.keep(), r.keep()];
  });
  plan.run();
  const [q, r] = await readAll(gpu, plan.result) as [Values, Values];
  let [product, skew] = [0, 0];
  for (let b = 0; b < batch; b++) {
    const Q = q.subarray(b * m * k, (b + 1) * m * k);
    const R = r.subarray(b * k * k, (b + 1) * k * k);
    for (let i = 0; i < k; i++) {
      assert(R[i * k + i]! >= 0);
      assert(R.subarray(i * k, i * k + i).every((v) => v === 0));
      for (let j = i; j < k; j++) {
        let dot = i === j ? -1 : 0;
        for (let e = 0; e < m; e++) dot += Q[e * k + i]! * Q[e * k + j]!;
        skew = Math.max(skew, Math.abs(dot));
      }
    }
    for (let e = 0; e < m; e++) {
      for (let j = 0; j < k; j++) {
        let rest = a[(b * m + e) * k + j]!;
        for (let i = 0; i <= j; i++) rest -= Q[e * k + i]! * R[i * k + j]!;
        product = Math.max(product, Math.abs(rest));
      }
    }
  }
  const most = a.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
  return { product: product / (most || 1), skew };
}

for (
  const shape of [
    [1, 1, 1],
    [2, 5, 5],
    [3, 70, 9],
    [1, 1100, 32],
    [2, 1537, 48],
    [1, 700, 128],
  ] as const
) {
  Deno.test(`qr() gives back [${shape}] from orthonormal columns`, async () => {
    const { product, skew } = await errors(
      shape,
      draw(shape[0] * shape[1] * shape[2]),
    );
    assert(product < 5e-6, `A - Q R is ${product}`);
    assert(skew < 4e-6, `Q^T Q - I is ${skew}`); // WGSL leaves roots some of their bits
  });
}

const [B, M, K] = [1, 1100, 32];
const FULL = draw(B * M * K);
const DEFICIENT = {
  "zeros": FULL.map(() => 0),
  "zero columns": FULL.map((v, at) => at % K % 3 ? v : 0),
  "equal columns": FULL.map((_, at) => FULL[at - at % K]!),
  "rank 1 in one row": FULL.map((_, at) => at < K ? 1 + at : 0),
  "columns that shrink to nothing": FULL.map((v, at) => v * 10 ** -(at % K)),
  "nearly equal columns": FULL.map((v, at) => FULL[at - at % K]! + 1e-6 * v),
  "huge numbers": FULL.map((v) => v * 1e30),
  "tiny numbers": FULL.map((v) => v * 1e-30),
};

for (const [what, a] of Object.entries(DEFICIENT)) {
  Deno.test(`qr() stays orthonormal over ${what}`, async () => {
    const { product, skew } = await errors([B, M, K], a);
    assert(product < 3e-6, `A - Q R is ${product}`);
    assert(skew < 1e-6, `Q^T Q - I is ${skew}`);
  });
}

Deno.test("qr() needs no subgroups, also for so many vectors that loops take long", async () => {
  const options: GpuOptions = { without: ["subgroups"] };
  for (const k of [K, 240]) {
    const a = FULL.length < M * k ? draw(M * k) : FULL;
    const { product, skew } = await errors([1, M, k], a, options);
    assert(product < 5e-6 && skew < 4e-6, `${k}: ${product} ${skew}`);
  }
});

Deno.test("qr() keeps matrices apart as it shares their vectors on a GPU", async () => {
  const shape = [3, 1100, 32] as const;
  const a = draw(3 * 1100 * 32);
  const { product, skew } = await errors(shape, a, {}, { software: false });
  assert(product < 3e-6 && skew < 1e-6, `${product} ${skew}`);
});

Deno.test("qr() says which shapes it takes", () => {
  assertThrows(
    () => qr(new Tensor([1, 3, 4])),
    RangeError,
    "Cannot decompose [1,3,4]: qr takes [B, m, k], k at most m and 240",
  );
});
