import { assert, assertThrows } from "@std/assert";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { assertCodes } from "../tests/assert_codes.ts";
import { type Case, readCase } from "../tests/read_case.ts";
import { fakeQuantWeight, weightCodes } from "./fake_quant_weight.ts";
import { gradients } from "./op.ts";
import { fromArray, readAll, Tensor } from "./tensor.ts";

interface Json {
  readonly config: {
    readonly bit: number;
    readonly effective_round_zero: boolean;
    readonly use_grad_scaling: boolean;
    readonly quantizer: string;
  };
}

const load = (gpu: Gpu, { tensor, shape }: Case<unknown>) => (key: string) =>
  fromArray(gpu, shape(key), tensor(key));

const LEARNED = [
  "lsqplus_perchannel_mse_b4",
  "lsqplus_perchannel_mse_b3",
  "lsqplus_perchannel_mse_b8",
  "lsqplus_perchannel_minmax_b4",
  "lsqplus_group64_mse_b4",
  "lsqplus_group64_mse_b3",
  "lsqplus_pertensor_mse_b4",
  "lsqplus_nogradscale_b4",
  "lsq_perchannel_mse_b4",
  "lsq_perchannel_mse_b3",
];
const PLAIN = [
  "uniform_group64_minmax_b4",
  "uniform_perchannel_minmax_b4",
  "uniform_perchannel_mse_b3",
  "uniform_perchannel_mse_b4",
];

async function check(name: string, without: readonly "subgroups"[] = []) {
  const recorded = readCase<Json>(`quant/weight_${name}`);
  const { json: { config }, tensor } = recorded;
  using gpu = await openGpu({ without });
  const get = load(gpu, recorded);
  const [w, scale, zero] = [get("w"), get("scale"), get("zero_point")];
  const quantizer = {
    scale,
    zero,
    bits: config.bit,
    integerZero: config.effective_round_zero,
  };
  const learned = config.quantizer === "uniform"
    ? []
    : config.quantizer === "lsq"
    ? [w, scale]
    : [w, scale, zero];
  using plan = await record(gpu, () => {
    const y = fakeQuantWeight(w, {
      ...quantizer,
      scaleGradients: config.use_grad_scaling,
    });
    const grads = gradients(y, get("gout.q_dq"), learned);
    return [y, weightCodes(w, quantizer), ...grads].map((t) => {
      assert(t);
      return t.keep();
    });
  });
  plan.run();
  const [y, codes, dw, ds, dz] = await readAll(gpu, plan.result);
  const tolerance = { relToMax: 2e-5, abs: 1e-6 };
  assertCodes(codes!, tensor("out.codes"));
  assertClose(y!, tensor("out.q_dq"), tolerance, "q_dq");
  if (dw) assertClose(dw, tensor("grad.w"), tolerance, "dw");
  if (ds) assertClose(ds, tensor("grad.scale"), tolerance, "ds");
  if (dz) assertClose(dz, tensor("grad.zero_point"), tolerance, "dz");
}

for (const name of [...LEARNED, ...PLAIN]) {
  Deno.test(`fakeQuantWeight() agrees with the recorded case ${name}`, () =>
    check(name));
}

Deno.test("fakeQuantWeight() needs no subgroups", async () => {
  await check("lsqplus_perchannel_mse_b4", ["subgroups"]);
  await check("lsqplus_pertensor_mse_b4", ["subgroups"]);
});

for (const bits of [4, 3]) {
  Deno.test(`fakeQuantWeight() adds the low-rank branch, ${bits} bits`, async () => {
    const recorded = readCase(`quant/phi_init_r8_b${bits}`);
    using gpu = await openGpu();
    const get = load(gpu, recorded);
    const inputs = ["w", "scale", "zero_point", "L", "R"].map(get);
    const [w, scale, zero, L, R] = inputs as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    using plan = await record(gpu, () => {
      const y = fakeQuantWeight(w, {
        scale,
        zero,
        bits,
        scaleGradients: true,
        lowRank: { L, R, gamma: get("gamma_at_step3") },
      });
      const grads = gradients(y, get("gout.step3"), inputs);
      return [y, ...grads].map((t) => t!.keep());
    });
    plan.run();
    const got = await readAll(gpu, plan.result);
    const keys = [
      "out.step3",
      "grad.w",
      "grad.scale",
      "grad.zero_point",
      "grad.L",
      "grad.R",
    ];
    for (const [i, key] of keys.entries()) {
      const want = recorded.tensor(key);
      assertClose(got[i]!, want, { relToMax: 1e-4, abs: 1e-6 }, key);
    }
  });
}

Deno.test("fakeQuantWeight() refuses scales that do not divide the weight", () => {
  const scale = new Tensor([3, 1]);
  assertThrows(
    () => fakeQuantWeight(new Tensor([2, 4]), { scale, zero: scale, bits: 4 }),
    RangeError,
    "Cannot quantise weight [2,4]: scale [3,1] and zero [3,1] do not divide it",
  );
});
