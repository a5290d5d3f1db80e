import { mse } from "../../../autograd/losses.ts";
import { gradients, reshape } from "../../../autograd/op.ts";
import { permute } from "../../../autograd/axes.ts";
import { fromArray, type Tensor } from "../../../autograd/tensor.ts";
import { load } from "../../../models/weights/load.ts";
import { parameters } from "../../../models/module.ts";
import { declareTransformer } from "../../../models/transformers.ts";
import {
  inputTensors,
  type VideoTransformer,
} from "../../../models/video_transformer.ts";
import type { ModelRunner } from "../runner.ts";
import { computed } from "../quant/computed.ts";
import { comparedModel, recorded } from "./recorded.ts";

type FiveSizes = readonly [number, number, number, number, number];

/** Exchanges channels and frames, to and from the layout that CogVideoX is recorded in. */
const swapped = (x: Tensor) => permute(x, [0, 2, 1, 3, 4]);

/** A video transformer: its prediction, the loss against a target, every gradient. */
export const transformer: ModelRunner = async (c, gpu, checkpoint) => {
  const { config = {}, path } = checkpoint;
  const model = declareTransformer(config, path);
  await load(gpu, model, checkpoint);
  const weights = new Map(parameters(model));
  const framesFirst = config["_class_name"] === "CogVideoXTransformer3DModel";
  const turn = framesFirst ? swapped : (x: Tensor) => x;
  const [batch, a, b, h, w] = c.tensor("in.hidden_states").shape as FiveSizes;
  const inputs = model.inputs(gpu, {
    batch,
    latents: framesFirst ? [b, a, h, w] : [a, b, h, w],
    textRows: c.tensor("in.encoder_hidden_states").shape[1]!,
  });
  const times = c.tensor("in.timestep").values;
  inputs.time.write(gpu, model.timeEmbedding(times));
  const one = fromArray(gpu, [1], [1]);
  const results = await computed(c, gpu, (use) => {
    const seen = new Map<string, Tensor>();
    const [latents, text] = [
      use("in.hidden_states"),
      use("in.encoder_hidden_states"),
    ];
    const given = { ...inputs, latents: turn(latents), text };
    const y = turn(model.forward(given, (part, x) => {
      const value = part === "patch_embedding"
        ? asConvolved(x, model, given.latents)
        : x;
      seen.set(`mid.${part}`, value);
    }));
    const loss = mse(y, use("target"));
    const targets = new Map<string, Tensor>([
      ...weights,
      ["in.hidden_states", latents],
      ["in.encoder_hidden_states", text],
    ]);
    const grads = gradients(loss, one, [...targets.values()]);
    targets.keys().forEach((name, i) => {
      if (grads[i]) seen.set(`grad.${name}`, grads[i]);
    });
    return recorded(c, { "out.y": y, loss, ...Object.fromEntries(seen) });
  });
  for (const tensor of [...weights.values(), ...inputTensors(inputs), one]) {
    tensor.dispose();
  }
  return comparedModel(c, results);
};

/** Tokens [B, L, D] -> [B, D, T, H, W], as a convolution leaves them. */
function asConvolved(
  x: Tensor,
  model: VideoTransformer,
  latents: Tensor,
): Tensor {
  const grid = model.grid(latents.shape);
  return reshape(permute(x, [0, 2, 1]), [x.dim(0), x.dim(2), ...grid]);
}
