import { InputError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { schedulerFromConfig } from "../infer/schedulers/from_config.ts";
import { addNoise, noiseLevel, velocity } from "../train/noise.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./kinds.ts";
import { NotBuilt } from "./not_built.ts";

/** Sampling runs with a small fixed model, and the noising of training samples. */
export const schedulers: Readonly<Record<string, Runner>> = {
  trajectory: (c) => Promise.resolve(trajectory(c)),
  training_noise: (c) => Promise.resolve(trainingNoise(c)),
};

function requireBuilt(className: string): void {
  if (className.startsWith("CogVideoX")) {
    throw new NotBuilt(`${className} is not built yet`);
  }
}

function trajectory(c: Case): Comparison[] {
  const className = c.text("class");
  requireBuilt(className);
  const { config, flow_grid } = c.config;
  if (!isObject(config)) {
    throw new InputError(`${c.path}: config.config is not an object`);
  }
  const scheduler = schedulerFromConfig({ _class_name: className, ...config });
  scheduler.setTimesteps(c.number("num_inference_steps"), {
    grid: flow_grid === "old" ? "old" : "new",
  });
  const limit = c.limit({ relToMax: "x_rel_to_max" });
  const recorded = c.tensor("x_after_step").values;
  const saved = c.numbers("saved_steps") ?? [];
  const model = fakeModel(c);
  const results = [
    compare("timesteps", scheduler.timesteps, c.tensor("timesteps").values, {
      abs: 1e-3, // where they are fractional
    }),
    compare(
      "sigmas",
      scheduler.sigmas,
      c.tensor("sigmas").values,
      c.limit({ abs: "sigmas_abs" }),
    ),
  ];
  let x = c.tensor("x_init").values;
  for (const [i, t] of scheduler.timesteps.entries()) {
    x = scheduler.step(model(x, t), x);
    const row = saved.indexOf(i);
    if (row < 0) continue;
    const want = recorded.subarray(row * x.length, (row + 1) * x.length);
    results.push(compare(`x_after_step[${row}]`, x, want, limit));
  }
  return results;
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

function trainingNoise(c: Case): Comparison[] {
  requireBuilt(c.text("scheduler"));
  const levels = Array.from(c.tensor("u").values, (u) => noiseLevel(u));
  const latents = c.tensor("latents").values;
  const noise = c.tensor("noise").values;
  const size = latents.length / levels.length;
  const samples = levels.map(({ sigma }, b) => {
    const [x0, eps] = [latents, noise]
      .map((all) => all.subarray(b * size, (b + 1) * size));
    return { noisy: addNoise(x0!, eps!, sigma), v: velocity(x0!, eps!) };
  });
  const table = c.tensor("all_sigmas").values
    .map((_, i, { length }) => noiseLevel((i + 0.5) / length).sigma);
  const results = {
    all_sigmas: table,
    timesteps: levels.map(({ timestep }) => timestep),
    sigmas: levels.map(({ sigma }) => sigma),
    noisy: samples.flatMap(({ noisy }) => [...noisy]),
    target_without_teacher: samples.flatMap(({ v }) => [...v]),
  };
  return Object.entries(results).map(([name, got]) =>
    compare(name, got, c.tensor(name).values, c.limit())
  );
}
