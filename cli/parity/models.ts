import { Checkpoint } from "../../io/checkpoint.ts";
import { TEXT_ENCODERS } from "../../models/text/text_encoders.ts";
import { TRANSFORMERS } from "../../models/transformers.ts";
import { AUTOENCODERS } from "../../models/vae/open.ts";
import type { ModelRunner, Runner } from "./runner.ts";
import { textEncoder } from "./models/text_encoder.ts";
import { transformer } from "./models/transformer.ts";
import { autoencoder } from "./models/vae.ts";

const CLASSES: ReadonlyMap<string, ModelRunner> = new Map<string, ModelRunner>([
  ...TRANSFORMERS.map((name) => [name, transformer] as const),
  ...TEXT_ENCODERS.map((name) => [name, textEncoder] as const),
  ...AUTOENCODERS.map((name) => [name, autoencoder] as const),
]);

/** Whole networks: values inside and at the end, the loss, all gradients. */
const model: Runner = async (c, gpu) => {
  using checkpoint = await Checkpoint.open(c.ref("model"));
  const { _class_name: diffusers, architectures } = checkpoint.config ?? {};
  const transformers = Array.isArray(architectures) && architectures[0];
  const name = String(diffusers ?? transformers);
  const run = CLASSES.get(name);
  if (run) return await run(c, gpu, checkpoint);
  throw new Error(`${checkpoint.path} is of an unknown class ${name}`);
};

/** Networks by what they are to a pipeline. */
export const models: Readonly<Record<string, Runner>> = {
  transformer: model,
  text_encoder: model,
  vae: model,
};
