import { fromArray } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { alphaBars } from "../../infer/schedulers/alpha_bar.ts";
import { FlowScheduler } from "../../infer/schedulers/flow_scheduler.ts";
import { schedulerFromConfig } from "../../infer/schedulers/from_config.ts";
import {
  flowLevels,
  type NoiseLevel,
  type NoiseLevels,
  vLevels,
} from "../../train/batches/noise.ts";
import { NoisedBatch } from "../../train/batches/noised_batch.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./runner.ts";

/** Sampling runs with a small fixed model, and the noising of training samples. */
export const schedulers: Readonly<Record<string, Runner>> = {
  trajectory: (c) => Promise.resolve(trajectory(c)),
  training_noise: trainingNoise,
};

function trajectory(c: Case): Comparison[] {
  const config = configOf(c);
  const scheduler = schedulerFromConfig({
    _class_name: c.text("class"),
    ...config,
  });
  scheduler.setTimesteps(c.number("num_inference_steps"), {
    grid: c.config.flow_grid === "old" ? "old" : "new",
  });
  const limit = c.limit({ relToMax: "x_rel_to_max" });
  const recorded = c.tensor("x_after_step").values;
  const saved = c.numbers("saved_steps") ?? [];
  const model = fakeModel(c);
  const results = [
    compare("timesteps", scheduler.timesteps, c.tensor("timesteps").values, {
      abs: 1e-3, // where they are fractional
    }),
    scheduler instanceof FlowScheduler
      ? compareTable(c, "sigmas", scheduler.sigmas)
      : compareTable(
        c,
        "alphas_cumprod_at_timesteps",
        scheduler.timesteps.map((t) => alphaBars(config)[t]!),
      ),
  ];
  let x = c.tensor("x_init").values;
  const noise = scheduler.stochastic ? recordedNoise(c) : undefined;
  for (const [i, t] of scheduler.timesteps.entries()) {
    x = scheduler.step(model(x, t), x, noise?.(i));
    const row = saved.indexOf(i);
    if (row < 0) continue;
    const want = recorded.subarray(row * x.length, (row + 1) * x.length);
    results.push(compare(`x_after_step[${row}]`, x, want, limit));
  }
  return results;
}

function configOf({ path, config: { config } }: Case): JsonObject {
  if (isObject(config)) return config;
  throw new InputError(`${path}: config.config is not an object`);
}

function compareTable(c: Case, name: string, table: Float32Array): Comparison {
  return compare(
    name,
    table,
    c.tensor(name).values,
    c.limit({ abs: "sigmas_abs" }),
  );
}

/** The noise of a step: the reference draws twice where it looks back, and uses the second. */
function recordedNoise(c: Case): (step: number) => Float32Array {
  const { shape: [draws = 0], values } = c.tensor("noise_in_order_drawn");
  const size = values.length / draws;
  return (step) => {
    const draw = Math.min(2 * step, draws - 1);
    return values.subarray(draw * size, (draw + 1) * size);
  };
}

/** tanh(M x over the channels) + t / 1000 * bias. */
function fakeModel(c: Case): (x: Float32Array, t: number) => Float32Array {
  const M = c.tensor("M").values;
  const bias = c.tensor("bias").values;
  const { shape } = c.tensor("x_init");
  const channels = bias.length;
  const inner = shape.slice(c.number("channel_axis") + 1)
    .reduce((a, b) => a * b, 1);
  return (x, t) =>
    x.map((_, at) => {
      const row = Math.floor(at / inner) % channels;
      const first = at - row * inner;
      let sum = 0;
      for (let j = 0; j < channels; j++) {
        sum += M[row * channels + j]! * x[first + j * inner]!;
      }
      return Math.tanh(sum) + t / 1000 * bias[row]!;
    });
}

async function trainingNoise(c: Case, gpu: Gpu): Promise<Comparison[]> {
  const v = c.text("scheduler").startsWith("CogVideoX");
  const bars = v ? alphaBars(configOf(c)) : undefined;
  const draw = bars ? vLevels(bars) : flowLevels();
  const levels = Array.from(c.tensor("u").values, draw);
  const size = c.tensor("latents").values.length / levels.length;
  const item = (name: string, b: number) =>
    c.tensor(name).values.subarray(b * size, (b + 1) * size);
  const items = <T>(of: (b: number) => Iterable<T>) =>
    levels.flatMap((_, b) => [...of(b)]);
  const timesteps = levels.map(({ timestep }) => timestep);
  const common = {
    timesteps,
    noisy: await noised(gpu, c, draw, levels),
  };
  const results = bars
    ? {
      ...common,
      alphas_cumprod: bars,
      sigmas: timesteps.map((t) => t / bars.length),
      denoised_from_model_output: items((b) =>
        denoised(item("noisy", b), item("model_output", b), levels[b]!)
      ),
    }
    : {
      ...common,
      all_sigmas: c.tensor("all_sigmas").values
        .map((_, i, { length }) => draw((i + 0.5) / length).noise),
      sigmas: levels.map(({ noise }) => noise),
      target_without_teacher: items((b) =>
        item("noise", b).map((eps, i) => eps - item("latents", b)[i]!)
      ),
    };
  const compared = Object.entries(results).map(([name, got]) =>
    compare(name, got, c.tensor(name).values, c.limit())
  );
  if (!bars) return compared;
  const weights = levels.map(({ noise }) => 1 / noise ** 2);
  const limit = c.limit({ relToMax: "loss_weights_rel" });
  const want = c.tensor("loss_weights").values;
  return [...compared, compare("loss_weights", weights, want, limit)];
}

/** x_t of the recorded latents and noise, as training mixes them. */
async function noised(
  gpu: Gpu,
  c: Case,
  draw: NoiseLevels,
  levels: readonly NoiseLevel[],
): Promise<Float32Array> {
  const { shape, values } = c.tensor("latents");
  const [batch = 0, ...latents] = shape;
  const size = { batch, latents: latents as [number, number, number, number] };
  using noisy = new NoisedBatch(gpu, size, draw);
  const x0 = fromArray(gpu, shape, values);
  using plan = await record(gpu, () => noisy.mix(x0).keep());
  noisy.write(levels, c.tensor("noise").values);
  plan.run();
  const got = await plan.result.read(gpu);
  for (const t of [x0, plan.result]) t.dispose();
  return got;
}

/** x0 of noisy latents and their velocity v. */
function denoised(
  x: Float32Array,
  v: Float32Array,
  { signal, noise }: NoiseLevel,
): Float32Array {
  return x.map((value, i) => signal * value - noise * v[i]!);
}
