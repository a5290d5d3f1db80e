import { assert } from "@std/assert";
import { gradients } from "../autograd/op.ts";
import { fromArray, readAll, type Tensor } from "../autograd/tensor.ts";
import { type GpuOptions, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "./check.ts";
import { readCase } from "./read_case.ts";

interface Json {
  readonly tolerance: { readonly rel_to_max: number };
}

export interface CaseOptions {
  readonly gpu?: GpuOptions;
  readonly fixed?: readonly string[];
}

/**
 * Runs a recorded case of one op: `in.NAME` of each name goes in, `out.y` and
 * every `grad.NAME` must come out within the case's tolerance. Those of `fixed`
 * follow as inputs without a gradient.
 */
export async function checkCase(
  path: string,
  names: readonly string[],
  op: (...inputs: Tensor[]) => Tensor,
  { gpu: options, fixed = [] }: CaseOptions = {},
): Promise<void> {
  const { json, tensor, shape } = readCase<Json>(path);
  using gpu = await openGpu(options);
  const load = (key: string) => fromArray(gpu, shape(key), tensor(key));
  const inputs = names.map((name) => load(`in.${name}`));
  using plan = await record(gpu, () => {
    const y = op(...inputs, ...fixed.map((name) => load(`in.${name}`)));
    const grads = gradients(y, load("gout.y"), inputs);
    return [y, ...grads].map((t, i) => {
      assert(t, `no gradient reaches ${names[i - 1]}`);
      return t.keep();
    });
  });
  plan.run();
  const got = await readAll(gpu, plan.result);
  ["out.y", ...names.map((name) => `grad.${name}`)].forEach((key, i) =>
    assertClose(got[i]!, tensor(key), json.tolerance.rel_to_max, key)
  );
}
