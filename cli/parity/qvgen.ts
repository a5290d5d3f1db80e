import { InputError } from "../../core/errors.ts";
import type { Gpu } from "../../gpu/device.ts";
import { Denoiser, type Quantised } from "../../infer/denoiser.ts";
import { openTransformer } from "../../infer/open_transformer.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { parameters } from "../../models/module.ts";
import { OfficialAsPacked } from "../../models/official/packed_view.ts";
import type { VideoTransformer } from "../../models/video_transformer.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./runner.ts";
import { objectAt } from "./quant/computed.ts";
import { compareCosines, cosine } from "./qvgen/cosine.ts";
import { channelsFirst, latentSizes } from "./qvgen/layout.ts";
import { layers } from "./qvgen/layers.ts";

/** Integer codes and dequantised weights of every layer. */
const codes: Runner = async (c) => {
  using checkpoint = await Checkpoint.open(c.ref("transformer"));
  const bits = c.number("bit");
  const packed = new OfficialAsPacked(checkpoint, {
    bits: { weights: bits, activations: bits },
  });
  const results: Comparison[] = [];
  for (const layer of packed.layers.keys()) {
    const got = await packed.codes(layer);
    const name = `codes.${layer}`;
    results.push(compare(name, got, c.tensor(name).values, { abs: 0 }));
    const weights = await dequantised(packed, layer, got);
    const want = c.tensor(`w_q_dq.${layer}`).values;
    const relToMax = c.tolerance("w_q_dq_rel_to_max");
    results.push(compare(`w_q_dq.${layer}`, weights, want, { relToMax }));
  }
  return results;
};

async function dequantised(
  packed: OfficialAsPacked,
  layer: string,
  codes: Uint8Array,
): Promise<Float32Array> {
  const { inputs } = packed.layers.get(layer)!;
  const scale = await packed.readF32(`${layer}.scale`);
  const zero = await packed.readF32(`${layer}.zero`);
  return Float32Array.from(codes, (q, i) => {
    const row = Math.floor(i / inputs);
    return scale[row]! * Math.fround(q - zero[row]!);
  });
}

/** The codes of a bf16 checkpoint, decided in bf16 as the authors do, and in f32. */
const bf16Codes: Runner = async (c) => {
  using checkpoint = await Checkpoint.open(c.ref("transformer"));
  const results: Comparison[] = [];
  for (const arithmetic of ["bf16", "f32"] as const) {
    const bits = { weights: 4, activations: 4 };
    const packed = new OfficialAsPacked(checkpoint, { bits, arithmetic });
    for (const layer of packed.layers.keys()) {
      const name = `codes_${arithmetic}.${layer}`;
      const got = await packed.codes(layer);
      results.push(compare(name, got, c.tensor(name).values, { abs: 0 }));
    }
  }
  return results;
};

/** Every layer on its recorded input, then the whole network at three range indices. */
const forward: Runner = async (c, gpu) => {
  const bits = {
    weights: c.number("w_bit"),
    activations: c.number("act_bit"),
  };
  return await withTransformer(c, gpu, bits, async (transformer, quantised) => [
    ...await layers(c, gpu, transformer, quantised.context),
    ...await outputs(c, gpu, transformer, quantised),
  ]);
};

/** Calls of the counter of ranges that have the recorded indices: first, second, last. */
const OUTPUTS = [
  ["out.first_call_idx49", 0],
  ["out.second_call_idx48", 1],
  ["out.idx0", 49],
] as const;

async function outputs(
  c: Case,
  gpu: Gpu,
  transformer: VideoTransformer,
  quantised: Quantised,
): Promise<Comparison[]> {
  const latents = c.tensor("in.hidden_states");
  const text = c.tensor("in.encoder_hidden_states");
  using denoiser = await denoiserOf(gpu, transformer, quantised, latents, text);
  const [timestep] = c.tensor("in.timestep").values;
  denoiser.setText(text.values);
  quantised.rangeRule.restart();
  const results: Comparison[] = [];
  let calls = 0;
  for (const [name, call] of OUTPUTS) {
    while (calls++ < call) quantised.rangeRule.inference(0, 1);
    const x = channelsFirst(transformer, latents);
    const y = await denoiser.predict(x, timestep!, 1);
    const want = channelsFirst(transformer, c.tensor(name));
    const relToMax = c.tolerance("out_rel_to_max");
    results.push(
      compare(name, y, want, { relToMax }),
      compareCosines(name, [cosine(y, want)], c.tolerance("out_cosine_min")),
    );
  }
  return results;
}

/** Every recorded call of the transformer in a whole generation. */
const pipeline: Runner = async (c, gpu) => {
  const args = objectAt(c, "args");
  const bits = {
    weights: Number(args["w_bit"]),
    activations: Number(args["act_bit"]),
  };
  return await withTransformer(c, gpu, bits, async (transformer, quantised) => {
    const all = c.tensor("hidden_states_per_call");
    const want = c.tensor("noise_pred_per_call");
    const [calls = 0, ...shape] = all.shape;
    const at = (
      call: number,
      { values }: { values: Float32Array<ArrayBuffer> },
    ) => {
      const size = values.length / calls;
      const one = values.slice(call * size, (call + 1) * size);
      return channelsFirst(transformer, { shape, values: one });
    };
    const texts = textsOf(c);
    using denoiser = await denoiserOf(
      gpu,
      transformer,
      quantised,
      { shape },
      texts[0]!,
    );
    quantised.rangeRule.restart();
    const cosines: number[] = [];
    for (let call = 0; call < calls; call++) {
      const t = c.tensor("call_timesteps").values[call]!;
      denoiser.setText(texts[call % texts.length]!.values);
      const y = await denoiser.predict(at(call, all), t, 1);
      cosines.push(cosine(y, at(call, want)));
    }
    const median = cosines.toSorted((a, b) => a - b)[calls >> 1]!;
    return [
      compareCosines("median", [median], c.tolerance("cosine_median_min")),
      compareCosines("calls", cosines, c.tolerance("cosine_min")),
    ];
  });
};

/** The text rows that calls take in turn: Wan's of prompt and negative, CogVideoX's of both; without guidance the prompt's alone. */
function textsOf(c: Case) {
  const both = "prompt_embeds_negative_first";
  return c.tensors.has(both) ? [c.tensor(both)] : [
    c.tensor("prompt_embeds"),
    ...c.tensors.has("negative_prompt_embeds")
      ? [c.tensor("negative_prompt_embeds")]
      : [],
  ];
}

interface Sized {
  readonly shape: readonly number[];
}

/** Calls of one pair of ranges each: guidance is already in the recorded batch. */
async function denoiserOf(
  gpu: Gpu,
  transformer: VideoTransformer,
  quantised: Quantised,
  latents: Sized,
  text: Sized,
): Promise<Denoiser> {
  const [batch = 1, ...sizes] = latentSizes(transformer, latents.shape);
  const shape = {
    batch,
    latents: sizes as [number, number, number, number],
    textRows: text.shape[1]!,
  };
  return await Denoiser.create(gpu, transformer, shape, quantised);
}

async function withTransformer(
  c: Case,
  gpu: Gpu,
  bits: { readonly weights: number; readonly activations: number },
  body: (
    transformer: VideoTransformer,
    quantised: Quantised,
  ) => Promise<Comparison[]>,
): Promise<Comparison[]> {
  const path = c.ref("transformer");
  const options = { official: { bits } };
  const opened = await openTransformer(gpu, path, "packed", options);
  const { transformer, quantised } = opened;
  if (!quantised) throw new InputError(`${path} has no learnt ranges`);
  try {
    return await body(transformer, quantised);
  } finally {
    for (const [, weight] of parameters(transformer)) weight.dispose();
  }
}

/** The authors' checkpoints, by what was recorded of them. */
export const qvgen: Readonly<Record<string, Runner>> = {
  codes,
  bf16_codes: bf16Codes,
  forward,
  pipeline,
};
