import { assert } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { readCase } from "../tests/read_case.ts";
import { fakeQuantActivation } from "./fake_quant_activation.ts";
import { fakeQuantWeight } from "./fake_quant_weight.ts";
import { linear } from "./linear.ts";
import { gradients } from "./op.ts";
import { fromArray, pinned, readAll, type Tensor } from "./tensor.ts";

interface Json {
  readonly config: {
    readonly quantizer_type: { readonly w: "lsq" | "lsq+" };
    readonly q_params: {
      readonly w: { readonly bit: number };
      readonly act: { readonly bit: number };
    };
    readonly timestep: number | null;
  };
  readonly tensors: Readonly<Record<string, unknown>>;
}

const CASES = [
  "lsqplus_lcd_w4a4",
  "lsqplus_lcd_w4a4_nobias",
  "lsqplus_lcd_w3a3",
  "lsqplus_group64_w4a4",
  "lsq_dynamic_w4a8",
];

for (const name of CASES) {
  Deno.test(`a fake-quantised linear layer agrees with the recorded case ${name}`, async () => {
    const { json, tensor, shape } = readCase<Json>(`quant/linear_${name}`);
    const { quantizer_type, q_params, timestep } = json.config;
    const integerZero = quantizer_type.w === "lsq";
    using gpu = await openGpu();
    const load = (key: string): Tensor =>
      fromArray(gpu, shape(key), tensor(key));
    const zeroName = integerZero
      ? "buffer.wquantizer.zero_point"
      : "wquantizer.zero_point";
    const named = Object.fromEntries(
      Object.keys(json.tensors).filter((key) => !/^(out|mid|g)/.test(key))
        .map((key) => [key, load(key)]),
    );
    const get = (key: string): Tensor => {
      const found = named[key];
      assert(found, key);
      return found;
    };
    const x = get("x");
    const index = pinned([2], "u32");
    index.write(gpu, new Uint32Array(2).fill((timestep ?? 0) % 50));
    const learned = Object.keys(json.tensors).filter((key) =>
      key.startsWith("grad.")
    ).map((key) => key.slice(5));
    using plan = await record(gpu, () => {
      const xq = fakeQuantActivation(x, {
        bits: q_params.act.bit,
        ...(timestep === null ? {} : {
          ranges: {
            upper: get("aquantizer.upper"),
            lower: get("aquantizer.lower"),
            index,
          },
        }),
      });
      const wq = fakeQuantWeight(get("w"), {
        scale: get("wquantizer.scale"),
        zero: get(zeroName),
        bits: q_params.w.bit,
        integerZero,
        scaleGradients: true,
      });
      const y = linear(xq, wq, named["b"]);
      const grads = gradients(y, load("gout.y"), learned.map(get));
      return [xq, wq, y, ...grads].map((t) => t!.keep());
    });
    plan.run();
    const got = await readAll(gpu, plan.result);
    const keys = ["mid.x_q_dq", "mid.w_q_dq", "out.y"].concat(
      learned.map((key) => `grad.${key}`),
    );
    for (const [i, key] of keys.entries()) {
      const tolerance = { relToMax: 5e-5, abs: 1e-6 };
      assertClose(got[i]!, tensor(key), tolerance, key);
    }
  });
}
