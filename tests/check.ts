import { assert, assertEquals } from "@std/assert";
import { gradients } from "../autograd/op.ts";
import {
  pinned,
  readAll,
  type Shape,
  sizeOf,
  type Tensor,
} from "../autograd/tensor.ts";
import { type GpuOptions, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";

/** A small deterministic generator in [-1, 1), so that a failure can be repeated. */
export function uniform(seed: number): () => number {
  let s = seed >>> 0;
  return () => ((s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 31) - 1;
}

export interface CheckOptions {
  /** Allowed |got - want| relative to the largest |want| of the tensor. */
  readonly tolerance?: number;
  /** Maps the random values in [-1, 1) before use, per input. */
  readonly values?: (value: number, input: number) => number;
  /** Inputs whose gradient is compared; default all. */
  readonly gradientsOf?: readonly number[];
  readonly gpu?: GpuOptions;
}

/**
 * Checks one op: its output against `reference` (plain numbers), and its
 * pullback against central differences of that reference.
 */
export async function checkOp(
  op: (...inputs: Tensor[]) => Tensor,
  shapes: readonly Shape[],
  reference: (inputs: number[][]) => number[],
  options: CheckOptions = {},
): Promise<void> {
  const { tolerance = 1e-4, values: map = (v) => v } = options;
  using gpu = await openGpu(options.gpu);
  const random = uniform(1);
  const values = shapes.map((s, k) =>
    Array.from({ length: sizeOf(s) }, () => Math.fround(map(random(), k)))
  );
  const inputs = shapes.map((s, i) =>
    pinned(s).write(gpu, new Float32Array(values[i]!))
  );
  const compared = options.gradientsOf ?? inputs.map((_, i) => i);
  const expected = reference(values);
  const weights = expected.map(() => Math.fround(random()));
  using plan = await record(gpu, () => {
    const y = op(...inputs).keep();
    const dy = pinned(y.shape).write(gpu, new Float32Array(weights));
    const grads = gradients(y, dy, compared.map((i) => inputs[i]!));
    return {
      y,
      grads: grads.map((g, i) => {
        assert(g, `no gradient reaches input ${compared[i]}`);
        return g.keep();
      }),
    };
  });
  plan.run();
  const [y, ...grads] = await readAll(gpu, [
    plan.result.y,
    ...plan.result.grads,
  ]);
  assertClose(y!, expected, tolerance, "output");
  const objective = (at: number[][]) =>
    reference(at).reduce((s, v, i) => s + v * weights[i]!, 0);
  for (const [n, k] of compared.entries()) {
    const got = grads[n]!;
    assertEquals(got.length, values[k]!.length);
    const stride = Math.max(1, Math.floor(got.length / 23));
    const picked = got.filter((_, i) => i % stride === 0);
    const want: number[] = [];
    for (let i = 0; i < got.length; i += stride) {
      const h = 1e-4;
      const shift = (by: number) =>
        objective(values.map((v, j) => j === k ? v.with(i, v[i]! + by) : v));
      want.push((shift(h) - shift(-h)) / (2 * h));
    }
    assertClose(
      picked,
      want,
      Math.max(tolerance, 1e-4),
      `gradient of input ${k}`,
    );
  }
}

/** |got - want| <= tolerance * max|want| + 1e-6 for every element. */
export function assertClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  what = "values",
): void {
  assertEquals(got.length, want.length, `${what}: length`);
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    most = Math.max(most, Math.abs(want[i]!));
  }
  const allowed = tolerance * most + 1e-6;
  for (let i = 0; i < want.length; i++) {
    const off = Math.abs(got[i]! - want[i]!);
    assert(
      off <= allowed,
      `${what}: [${i}] is ${got[i]}, expected ${
        want[i]
      } (off by ${off}, allowed ${allowed})`,
    );
  }
}
