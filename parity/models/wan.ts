import { mse } from "../../autograd/mse.ts";
import { gradients, reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/permute.ts";
import { fromArray, pinned, type Tensor } from "../../autograd/tensor.ts";
import { load } from "../../models/load.ts";
import { parameters } from "../../models/module.ts";
import { parseWanConfig } from "../../models/wan/config.ts";
import { wanInputs, wanTimeEmbedding } from "../../models/wan/inputs.ts";
import { WanTransformer3DModel } from "../../models/wan/transformer.ts";
import type { ModelRunner } from "../models.ts";
import { computed } from "../quant/computed.ts";
import { comparedModel, recorded } from "./recorded.ts";

/** Wan's transformer: its prediction, the loss against a target, every gradient. */
export const wanTransformer: ModelRunner = async (c, gpu, checkpoint) => {
  const { config, path } = checkpoint;
  const model = new WanTransformer3DModel(parseWanConfig(config, path));
  await load(gpu, model, checkpoint);
  const weights = new Map(parameters(model));
  const { shape } = c.tensor("in.hidden_states");
  const [batch, channels, t, h, w] = shape as FiveSizes;
  const { rope } = wanInputs(gpu, model, {
    batch,
    latents: [channels, t, h, w],
    textRows: c.tensor("in.encoder_hidden_states").shape[1]!,
  });
  const times = c.tensor("in.timestep").values;
  const time = pinned([batch, model.config.freq_dim])
    .write(gpu, wanTimeEmbedding(model.config, times));
  const one = fromArray(gpu, [1], [1]);
  const results = await computed(c, gpu, (use) => {
    const seen = new Map<string, Tensor>();
    const inputs = {
      latents: use("in.hidden_states"),
      text: use("in.encoder_hidden_states"),
      time,
      rope,
    };
    const y = model.forward(inputs, (part, x) => {
      const value = part === "patch_embedding" ? grid(x, model, shape) : x;
      seen.set(`mid.${part}`, value);
    });
    const loss = mse(y, use("target"));
    const targets = new Map<string, Tensor>([
      ...weights,
      ["in.hidden_states", inputs.latents],
      ["in.encoder_hidden_states", inputs.text],
    ]);
    const grads = gradients(loss, one, [...targets.values()]);
    targets.keys().forEach((name, i) => {
      if (grads[i]) seen.set(`grad.${name}`, grads[i]);
    });
    return recorded(c, { "out.y": y, loss, ...Object.fromEntries(seen) });
  });
  for (const tensor of [...weights.values(), rope.cos, rope.sin, time, one]) {
    tensor.dispose(gpu);
  }
  return comparedModel(c, results);
};

type FiveSizes = readonly [number, number, number, number, number];

/** Tokens [B, L, D] -> [B, D, T, H, W], as a convolution leaves them. */
function grid(
  x: Tensor,
  model: WanTransformer3DModel,
  latents: readonly number[],
): Tensor {
  return reshape(permute(x, [0, 2, 1]), [
    x.dim(0),
    x.dim(2),
    ...model.grid(latents),
  ]);
}
