import { assert, assertEquals } from "@std/assert";
import { mse } from "../../autograd/losses.ts";
import { gradients } from "../../autograd/op.ts";
import { fromArray, readAll, type Tensor } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { readCase } from "../../tests/read_case.ts";
import { load } from "../weights/load.ts";
import { parameters } from "../module.ts";
import { parseWanConfig } from "./config.ts";
import { WanTransformer3DModel } from "./transformer.ts";

interface ModelCase {
  readonly refs: { model: string };
  readonly tolerance: { rel_to_max: number; gradients_rel_to_max: number };
}

for (const name of ["wan_t2v_tiny", "wan_t2v_sharded"]) {
  Deno.test(`WanTransformer3DModel equals diffusers on ${name}, values and gradients`, async () => {
    const { json, tensor, shape } = readCase<ModelCase>(`models/${name}_io`);
    using gpu = await openGpu();
    const folder = new URL(
      `../../tests/fixtures/${json.refs.model}`,
      import.meta.url,
    );
    using checkpoint = await Checkpoint.open(folder.pathname);
    const model = new WanTransformer3DModel(
      parseWanConfig(checkpoint.config, folder.pathname),
    );
    await load(gpu, model, checkpoint);
    const [batch = 0, ...latents] = shape("in.hidden_states");
    const inputs = model.inputs(gpu, {
      batch,
      latents: latents as [number, number, number, number],
      textRows: shape("in.encoder_hidden_states")[1]!,
    });
    inputs.latents.write(gpu, tensor("in.hidden_states"));
    inputs.text.write(gpu, tensor("in.encoder_hidden_states"));
    inputs.time.write(
      gpu,
      model.timeEmbedding(tensor("in.timestep")),
    );
    const target = fromArray(gpu, shape("target"), tensor("target"));
    const one = fromArray(gpu, [1], [1]);
    const names = [...parameters(model)];
    using plan = await record(gpu, () => {
      const seen = new Map<string, Tensor>();
      const y = model.forward(inputs, (part, value) => {
        if (!/block1\.|patch_embedding/.test(part)) { // not recorded, or in another layout
          seen.set(`mid.${part}`, value.keep());
        }
      });
      seen.set("out.y", y.keep());
      const loss = mse(y, target);
      seen.set("loss", loss.keep());
      const grads = gradients(loss, one, names.map(([, p]) => p));
      names.forEach(([key], i) => seen.set(`grad.${key}`, grads[i]!.keep()));
      model.attentionPrecision = "int8";
      const coarse = model.forward(inputs).keep();
      return { seen, coarse };
    });
    plan.run();
    const { seen, coarse } = plan.result;
    const keys = [...seen.keys()];
    const values = await readAll(gpu, [...seen.values()]);
    const { rel_to_max, gradients_rel_to_max } = json.tolerance;
    keys.forEach((key, i) => {
      const relToMax = key.startsWith("grad")
        ? gradients_rel_to_max
        : rel_to_max;
      assertClose(values[i]!, tensor(key), { relToMax, abs: 1e-6 }, key);
    });
    const [int8] = await readAll(gpu, [coarse]);
    assertClose(int8!, tensor("out.y"), { relToMax: 2e-2 }, "int8 attention");
    const exact = values[keys.indexOf("out.y")]!;
    assert(int8!.some((v, i) => v !== exact[i]), "int8 changes nothing");
    assertEquals(names.length, keys.filter((k) => k.startsWith("grad")).length);
  });
}
