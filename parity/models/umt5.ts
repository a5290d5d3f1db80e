import type { Tensor } from "../../autograd/tensor.ts";
import { encoderInputs } from "../../infer/text.ts";
import { load } from "../../models/load.ts";
import { parameters } from "../../models/module.ts";
import { parseUmt5Config, Umt5EncoderModel } from "../../models/text/umt5.ts";
import type { ModelRunner } from "../models.ts";
import { computed } from "../quant/computed.ts";
import { comparedModel, recorded } from "./recorded.ts";

/** UMT5's encoder, with a mask of the padding and without one. */
export const umt5: ModelRunner = async (c, gpu, checkpoint) => {
  const { config, path } = checkpoint;
  const model = new Umt5EncoderModel(parseUmt5Config(config, path));
  // A second name of shared.weight.
  const ignore = (name: string) => name === "encoder.embed_tokens.weight";
  await load(gpu, model, checkpoint, { ignore });
  const { shape: [prompts, length], values } = c.tensor("in.ids");
  const { ids, buckets } = encoderInputs(gpu, model, prompts!, length!);
  ids.write(gpu, Uint32Array.from(values));
  const results = await computed(c, gpu, (use) => {
    const seen = new Map<string, Tensor>();
    const y = model.forward(
      ids,
      buckets,
      use("in.mask"),
      (part, x) => seen.set(`mid.${part}`, x),
    );
    const all = { "out.y": y, "out.nomask": model.forward(ids, buckets) };
    return recorded(c, { ...all, ...Object.fromEntries(seen) });
  });
  for (const tensor of [ids, buckets]) tensor.dispose(gpu);
  for (const [, weight] of parameters(model)) weight.dispose(gpu);
  return comparedModel(c, results);
};
