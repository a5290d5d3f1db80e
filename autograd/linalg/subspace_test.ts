import { assert, assertThrows } from "@std/assert";
import { pinned, readAll, type Tensor } from "../tensor.ts";
import { type Gpu, type GpuOptions, openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { pretend } from "../../tests/every_form.ts";
import { assertClose } from "../../tests/assert_close.ts";
import {
  knownSpectrum,
  leastResidual,
  noiseSpectrum,
  residualOf,
} from "../../bench/known_spectrum.ts";
import { type BalancedFactors, balancedFactors } from "./low_rank.ts";

type Values = Float32Array<ArrayBuffer>;

async function readFactors(
  gpu: Gpu,
  trace: () => BalancedFactors,
): Promise<{ L: Values; R: Values }> {
  using plan = await record(gpu, () => {
    const { L, R } = trace();
    return [L.keep(), R.keep()];
  });
  plan.run();
  const [L, R] = await readAll(gpu, plan.result);
  return { L: L!, R: R! };
}

/** How far above the least residual the factors of a matrix with spectrum s are. */
async function excess(
  [n, m]: readonly [number, number],
  s: ArrayLike<number>,
  r: number,
  options: GpuOptions = {},
): Promise<number> {
  using gpu = await openGpu(options);
  const a = knownSpectrum(n, m, s);
  const x = pinned([1, n, m]).write(gpu, a);
  const { L, R } = await readFactors(gpu, () => balancedFactors(x, r));
  return residualOf(a, L, R, r) / leastResidual(s, r) - 1;
}

const values = (size: number, f: (i: number) => number) =>
  Float64Array.from({ length: size }, (_, i) => f(i));

const SPECTRA = {
  "noise": noiseSpectrum(260, 300),
  "values that fall slowly": values(260, (i) => 1 / (1 + i)),
  "values that fall fast": values(260, (i) => Math.max(10 ** -(i / 6), 1e-4)),
  "a few large values": values(260, (i) => i < 5 ? 100 : 1),
  "equal values": values(260, () => 3),
  "more than r equal values": values(260, (i) => i < 40 ? 2 : 1),
};

for (const [what, s] of Object.entries(SPECTRA)) {
  Deno.test(`balancedFactors() leaves within 0.1 % of the least of ${what}`, async () => {
    for (const shape of [[260, 300], [300, 260]] as const) {
      const found = await excess(shape, s, 16);
      assert(found < 1e-3 && found > -1e-4, `${shape}: ${found}`);
    }
  });
}

Deno.test("balancedFactors() of large matrices needs no subgroups", async () => {
  const options: GpuOptions = { without: ["subgroups"] };
  const found = await excess([260, 300], SPECTRA.noise, 16, options);
  assert(found < 1e-3 && found > -1e-4, `${found}`);
});

Deno.test("balancedFactors() takes sizes that are no multiples of 4, and any scale", async () => {
  const s = noiseSpectrum(259, 263).map((v) => v * 1e-25);
  using gpu = await openGpu();
  const a = knownSpectrum(263, 259, s);
  const x = pinned([1, 263, 259]).write(gpu, a);
  const { L, R } = await readFactors(gpu, () => balancedFactors(x, 7));
  const share = residualOf(a, L, R, 7) / leastResidual(s, 7);
  assert(Math.abs(share - 1) < 1e-3, `${share}`);
});

Deno.test("balancedFactors() of zeros are zeros, and equal matrices of a batch have equal factors", async () => {
  using gpu = await openGpu();
  const [n, m, r] = [260, 264, 8];
  const one = knownSpectrum(n, m, noiseSpectrum(n, m));
  const x = pinned([3, n, m]).write(
    gpu,
    Float32Array.from(
      { length: 3 * n * m },
      (_, i) => i >= n * m && i < 2 * n * m ? 0 : one[i % (n * m)]!,
    ),
  );
  const { L, R } = await readFactors(gpu, () => balancedFactors(x, r));
  for (const [all, size] of [[L, n * r], [R, r * m]] as const) {
    assert(all.subarray(size, 2 * size).every((v) => v === 0));
    assertClose(all.subarray(2 * size), all.subarray(0, size), {});
  }
});

Deno.test("balancedFactors() takes a matrix in parts, or splits one that is too large to bind", async () => {
  using gpu = await openGpu();
  const [n, m, r] = [300, 320, 8];
  const a = knownSpectrum(n, m, noiseSpectrum(n, m));
  const whole = pinned([1, n, m]).write(gpu, a);
  const want = await readFactors(gpu, () => balancedFactors(whole, r));
  const parts: Tensor[] = [[0, 128], [128, 300]].map(([from = 0, to = 0]) =>
    pinned([1, to - from, m]).write(gpu, a.slice(from * m, to * m))
  );
  const fromParts = await readFactors(gpu, () => balancedFactors(parts, r));
  pretend(gpu, { maxBindingBytes: 101 * m * 4 });
  const split = await readFactors(gpu, () => balancedFactors(whole, r));
  for (const got of [fromParts, split]) {
    const least = residualOf(a, want.L, want.R, r);
    const share = residualOf(a, got.L, got.R, r) / least;
    assert(Math.abs(share - 1) < 1e-4, `${share}`);
  }
});

Deno.test("balancedFactors() says which parts it takes", () => {
  assertThrows(
    () => balancedFactors([pinned([1, 6, 4]), pinned([1, 8, 4])], 2),
    RangeError,
    "Cannot factor [1,6,4], [1,8,4]: it takes [B, n, m], or parts [B, n_i, m] whose n_i but the last are multiples of 4",
  );
});
