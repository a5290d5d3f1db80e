import { assertThrows } from "@std/assert";
import { type GpuOptions, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { assertCodes } from "../tests/assert_codes.ts";
import { uniform } from "../tests/check.ts";
import { readCase } from "../tests/read_case.ts";
import { fakeQuantActivation } from "./fake_quant_activation.ts";
import { gradients } from "./op.ts";
import { fromArray, pinned, readAll, Tensor } from "./tensor.ts";

interface Json {
  readonly config: {
    readonly bit: number;
    readonly clip_ratio: number;
    readonly idx?: number;
  };
}

async function check(name: string, options: GpuOptions = {}) {
  const { json: { config }, tensor, shape } = readCase<Json>(
    `quant/act_${name}`,
  );
  using gpu = await openGpu(options);
  const load = (key: string) => fromArray(gpu, shape(key), tensor(key));
  const x = load("x");
  const index = pinned([2], "u32").write(
    gpu,
    new Uint32Array(2).fill(config.idx ?? 0),
  );
  const ranges = config.idx === undefined
    ? undefined
    : { upper: load("upper"), lower: load("lower"), index };
  const inputs = ranges ? [x, ranges.upper, ranges.lower] : [x];
  using plan = await record(gpu, () => {
    const y = fakeQuantActivation(x, {
      bits: config.bit,
      rangeRatio: config.clip_ratio,
      ...(ranges ? { ranges } : {}),
    });
    const grads = gradients(y, load("gout.q_dq"), inputs);
    return [y, ...grads].map((t) => t!.keep());
  });
  plan.run();
  const [y, dx, du, dl] = await readAll(gpu, plan.result);
  const D = x.dim(-1);
  const [scale, zero] = [tensor("row_scale"), tensor("row_zero_point")];
  assertCodes(
    y!.map((v, i) => {
      const row = Math.floor(i / D);
      return Math.round(v / scale[row]! + zero[row]!);
    }),
    tensor("codes"),
  );
  const tolerance = { relToMax: 2e-5, abs: 1e-6 };
  assertClose(y!, tensor("out.q_dq"), tolerance, "q_dq");
  assertClose(dx!, tensor("grad.x"), tolerance, "dx");
  if (du) assertClose(du, tensor("grad.upper"), tolerance, "upper");
  if (dl) assertClose(dl, tensor("grad.lower"), tolerance, "lower");
}

for (
  const name of [
    "dynamic_b3",
    "dynamic_b4",
    "dynamic_b4_noclip",
    "dynamic_b8",
    "learnable_clip_b3",
    "learnable_clip_b4",
    "learnable_clip_b4_10groups",
    "learnable_clip_b4_init",
    "learnable_clip_b8",
  ]
) {
  Deno.test(`fakeQuantActivation() agrees with the recorded case ${name}`, () =>
    check(name));
}

Deno.test("fakeQuantActivation() needs no subgroups", () =>
  check("learnable_clip_b4", { without: ["subgroups"] }));

Deno.test("fakeQuantActivation() takes the range of each sample by its own pair", async () => {
  const [B, L, D, G] = [3, 5, 8, 4];
  const indices = [2, 0, 2];
  const random = uniform(3);
  const logits = () => Array.from({ length: G }, () => 2 + random());
  const values = Array.from({ length: B * L * D }, random);
  using gpu = await openGpu();
  const ranges = { upper: logits(), lower: logits() };
  const upper = fromArray(gpu, [G], ranges.upper);
  const lower = fromArray(gpu, [G], ranges.lower);
  const run = async (samples: number[], rows: number[]) => {
    const x = fromArray(gpu, [samples.length, L, D], rows);
    const index = pinned([samples.length], "u32").write(
      gpu,
      Uint32Array.from(samples),
    );
    using plan = await record(gpu, () => {
      const y = fakeQuantActivation(x, {
        bits: 4,
        ranges: { upper, lower, index },
      });
      return [y, ...gradients(y, x, [upper, lower])].map((t) => t!.keep());
    });
    plan.run();
    return await readAll(gpu, plan.result);
  };
  const together = await run(indices, values);
  const alone = await Promise.all(
    indices.map((i, b) => run([i], values.slice(b * L * D, (b + 1) * L * D))),
  );
  assertClose(together[0]!, alone.flatMap(([y]) => [...y!]), { abs: 0 });
  for (const k of [1, 2]) {
    const sum = together[k]!.map((_, i) =>
      alone.reduce((s, grads) => s + grads[k]![i]!, 0)
    );
    assertClose(together[k]!, sum, { relToMax: 1e-6 });
  }
});

Deno.test("fakeQuantActivation() gives zeros for tokens of zeros", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [1, 2, 8], new Float32Array(16));
  const ones = fromArray(gpu, [1, 2, 8], new Float32Array(16).fill(1));
  using plan = await record(gpu, () => {
    const y = fakeQuantActivation(x, { bits: 4 });
    return [y, gradients(y, ones, [x])[0]!].map((t) => t.keep());
  });
  plan.run();
  const [y, dx] = await readAll(gpu, plan.result);
  assertClose(y!, new Float32Array(16), { abs: 0 });
  assertClose(dx!, new Float32Array(16).fill(1), { abs: 0 });
});

Deno.test("fakeQuantActivation() refuses an index that does not fit", () => {
  const x = new Tensor([2, 3, 4]);
  const logits = new Tensor([5]);
  assertThrows(
    () =>
      fakeQuantActivation(x, {
        bits: 4,
        ranges: { upper: logits, lower: logits, index: new Tensor([2]) },
      }),
    RangeError,
    "the range index takes u32 [2], found f32 [2]",
  );
});
