import { assert } from "@std/assert";
import { uniform } from "../tests/check.ts";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { attention } from "./attention.ts";
import { gradients } from "./op.ts";
import { fromArray, readAll } from "./tensor.ts";

/** A clip of 720p, of 81 frames: more keys than one dispatch may walk. */
const TOKENS = 75_600;
const Dh = 56;

/** softmax(q k^T / sqrt(Dh)) v of one head and what reaches q, k and v from dy, in double precision. */
function reference(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  dy: Float64Array,
): [y: Float64Array, dq: Float64Array, dk: Float64Array, dv: Float64Array] {
  const [y, dq] = [new Float64Array(q.length), new Float64Array(q.length)];
  const [dk, dv] = [new Float64Array(k.length), new Float64Array(k.length)];
  const dot = (a: Float64Array, i: number, b: Float64Array, j: number) => {
    let s = 0;
    for (let d = 0; d < Dh; d++) s += a[i * Dh + d]! * b[j * Dh + d]!;
    return s;
  };
  const add = (
    y: Float64Array,
    i: number,
    x: Float64Array,
    j: number,
    by: number,
  ) => {
    for (let d = 0; d < Dh; d++) y[i * Dh + d]! += by * x[j * Dh + d]!;
  };
  const keys = k.length / Dh;
  for (let i = 0; i < q.length / Dh; i++) {
    const p = Float64Array.from(
      { length: keys },
      (_, j) => Math.exp(dot(q, i, k, j) / Math.sqrt(Dh)),
    );
    const total = p.reduce((a, b) => a + b);
    for (let j = 0; j < keys; j++) add(y, i, v, j, p[j]! /= total);
    const delta = dot(y, i, dy, i);
    for (let j = 0; j < keys; j++) {
      const ds = p[j]! * (dot(dy, i, v, j) - delta) / Math.sqrt(Dh);
      add(dq, i, k, j, ds);
      add(dk, j, q, i, ds);
      add(dv, j, dy, i, p[j]!);
    }
  }
  return [y, dq, dk, dv];
}

/** The largest difference, relative to the largest value. */
function worst(got: Float32Array, want: Float64Array): number {
  let [off, most] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    off = Math.max(off, Math.abs(got[i]! - want[i]!));
    most = Math.max(most, Math.abs(want[i]!));
  }
  return off / most;
}

for (const without of [[], ["subgroups"]] as const) {
  const how = without.length ? " without subgroups" : "";
  Deno.test(`attention() walks ${TOKENS} tokens and the same way back${how}`, async () => {
    const random = uniform(3);
    const rows = (n: number) => new Float64Array(n * Dh).map(() => random());
    const [q, k, v, dy] = [rows(1), rows(TOKENS), rows(TOKENS), rows(1)];
    // What comes last weighs most, so that an early end is seen.
    k.forEach((x, i) => k[i] = x + i / k.length);
    q.forEach((x, i) => q[i] = x + 1);
    const want = reference(q, k, v, dy);
    using gpu = await openGpu({ without });
    const load = (x: Float64Array) =>
      fromArray(gpu, [1, x.length / Dh, 1, Dh], x);
    const [tq, tk, tv, tdy] = [load(q), load(k), load(v), load(dy)] as const;
    using plan = await record(gpu, () => {
      const y = attention(tq, tk, tv);
      const packed = attention(tq, tk, tv, { precision: "int8" });
      return [y, packed, ...gradients(y, tdy, [tq, tk, tv])]
        .map((t) => t!.keep());
    });
    plan.run();
    const [y, packed, ...grads] = await readAll(gpu, plan.result);
    const off = [y, ...grads].map((t, i) => worst(t!, want[i]!));
    assert(off.every((v) => v < 1e-4), `y, dq, dk, dv are off by ${off}`);
    const coarse = worst(packed!, want[0]);
    assert(coarse < 2e-2, `int8 is off by ${coarse}`);
  });
}
