import type { Tensor } from "../../../autograd/tensor.ts";
import { encoderInputs } from "../../../infer/text.ts";
import { load } from "../../../models/weights/load.ts";
import { parameters } from "../../../models/module.ts";
import {
  declareTextEncoder,
  isSecondName,
} from "../../../models/text/text_encoders.ts";
import type { ModelRunner } from "../runner.ts";
import { computed } from "../quant/computed.ts";
import { comparedModel, recorded } from "./recorded.ts";

/** A text encoder, with a mask of the padding and without one. */
export const textEncoder: ModelRunner = async (c, gpu, checkpoint) => {
  const { config = {}, path } = checkpoint;
  const model = declareTextEncoder(config, path);
  await load(gpu, model, checkpoint, { ignore: isSecondName });
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
  for (const tensor of [ids, buckets]) tensor.dispose();
  for (const [, weight] of parameters(model)) weight.dispose();
  return comparedModel(c, results);
};
