import type { PromptRows } from "../../../infer/prompt_encoder.ts";
import type { SampledStep } from "../../../infer/sample.ts";
import type { TextToVideo } from "../../../infer/text_to_video.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import { channelsFirst } from "../qvgen/layout.ts";

/** A call as the reference makes it. */
interface Call {
  readonly timestep: number;
  readonly text: readonly number[];
  readonly predicted: readonly number[];
}

/** The transformer's first two calls: their timesteps, text rows and answers. */
export function recordedCalls(
  c: Case,
  { parts: { transformer, scheduler } }: TextToVideo,
  steps: readonly SampledStep[],
  texts: { readonly prompt: PromptRows; readonly negative: PromptRows },
): Comparison[] {
  const limit = c.limit({ relToMax: "first_call_rel_to_max" });
  const calls = steps.flatMap((step, i) =>
    callsOf(step, scheduler.timesteps[i]!, texts, transformer.guidedCalls)
  );
  return ["first_call", "second_call"].flatMap((name, i) => {
    if (!c.tensors.has(`${name}.timestep`)) return [];
    const { timestep, text, predicted } = calls[i]!;
    const want = (what: string) => c.tensor(`${name}.${what}`);
    const timesteps = want("timestep").values;
    const answer = channelsFirst(transformer, want("noise_pred"));
    const rows = want("encoder_hidden_states").values;
    return [
      // Fractional ones are rounded to f32.
      compare(`${name}.timestep`, timesteps.map(() => timestep), timesteps, {
        abs: 1e-3,
      }),
      compare(`${name}.encoder_hidden_states`, text, rows, limit),
      compare(`${name}.noise_pred`, predicted, answer, limit),
    ];
  });
}

/** The calls of a step, in the reference's order: the prompt's first, or, in one call, the negative one's. */
function callsOf(
  { predicted, latents }: SampledStep,
  timestep: number,
  { prompt, negative }: {
    readonly prompt: PromptRows;
    readonly negative: PromptRows;
  },
  guidedCalls: 1 | 2,
): Call[] {
  const count = latents.length;
  const towards = {
    timestep,
    text: [...prompt],
    predicted: [...predicted.subarray(0, count)],
  };
  if (predicted.length === count) return [towards];
  const away = {
    timestep,
    text: [...negative],
    predicted: [...predicted.subarray(count)],
  };
  if (guidedCalls === 2) return [towards, away];
  return [{
    timestep,
    text: [...away.text, ...towards.text],
    predicted: [...away.predicted, ...towards.predicted],
  }];
}
