import { fromArray, readAll } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Parameter } from "../../models/module.ts";
import {
  learningRate,
  LR_SCHEDULES,
  type LrSchedule,
} from "../../train/optim/lr_schedule.ts";
import { AdamW } from "../../train/optim/optimizer.ts";
import { exportState } from "../../train/optim/optimizer_state.ts";
import { ParameterArena } from "../../train/optim/parameter_arena.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./runner.ts";
import { numberIn } from "./quant/computed.ts";

/** The optimiser step by step, and the learning rates. */
export const optim: Readonly<Record<string, Runner>> = {
  adamw,
  lr_table: (c) => Promise.resolve(rates(c)),
};

async function adamw(c: Case, gpu: Gpu): Promise<Comparison[]> {
  const groups = c.numbers("group_of_param") ?? [];
  const [beta1 = 0, beta2 = 0] = c.numbers("betas") ?? [];
  const parameters = groups.map((_, i) => {
    const { shape, values } = c.tensor(`init.p${i}`);
    return [`p${i}`, new Parameter(shape).write(gpu, values)] as const;
  });
  const arena = ParameterArena.create(gpu, parameters, {
    groupOf: (name) => `${groups[Number(name.slice(1))]}`,
  });
  using optimizer = new AdamW(gpu, arena, {
    betas: [beta1, beta2],
    eps: c.number("eps"),
    weightDecay: c.number("weight_decay"),
    maxGradNorm: c.number("clip_grad_norm"),
  });
  const grads = parameters.map(([, { shape, size }]) =>
    fromArray(gpu, shape, new Float32Array(size))
  );
  using plan = await record(gpu, () => {
    arena.collect(grads);
    optimizer.record();
  });
  const steps = c.number("steps");
  const limit = c.limit();
  const results: Comparison[] = [];
  for (let step = 0; step < steps; step++) {
    const at = (name: string) => {
      const { values } = c.tensor(name);
      const size = values.length / steps;
      return values.slice(step * size, (step + 1) * size);
    };
    grads.forEach((grad, i) => grad.write(gpu, at(`grads.p${i}`)));
    const rates = at("lrs");
    optimizer.prepareStep((group) => rates[Number(group)]);
    plan.run();
    const [stats, ...values] = await readAll(gpu, [
      optimizer.stats,
      ...arena.parameters,
    ]);
    values.forEach((got, i) => {
      const name = arena.layout.places[i]!.name;
      results.push(
        compare(`trace.${name}[${step}]`, got, at(`trace.${name}`), limit),
      );
    });
    if (c.number("clip_grad_norm") > 0) { // else the norm was not recorded
      const { norm } = optimizer.explain(stats!);
      results.push(
        compare(`grad_norms[${step}]`, [norm], at("grad_norms"), limit),
      );
    }
  }
  const state = exportState(optimizer);
  for (const [name] of parameters) {
    for (const [mine, torch] of [["m", "exp_avg"], ["v", "exp_avg_sq"]]) {
      const got = await state.get(`${mine}.${name}`)!.data();
      const key = `final.${torch}.${name}`;
      results.push(compare(key, got, c.tensor(key).values, limit));
    }
  }
  arena[Symbol.dispose]();
  return results;
}

function rates({ json, path }: Case): Comparison[] {
  const { expected } = json;
  if (!isObject(expected)) throw new InputError(`${path}: expected is missing`);
  return Object.entries(expected).map(([name, entry]) => {
    const { call, lr_by_step: table } = isObject(entry) ? entry : {};
    if (!isObject(entry) || !isObject(call) || !isObject(table)) {
      throw new InputError(`${path}: expected.${name} is not a table`);
    }
    const shape = LR_SCHEDULES.find((known) => known === call.name);
    if (!shape) throw new InputError(`${path}: ${name} has no known schedule`);
    const schedule: LrSchedule = {
      name: shape,
      baseLr: numberIn(entry, "base_lr"),
      warmUp: numberIn(call, "num_warmup_steps"),
      steps: "num_training_steps" in call
        ? numberIn(call, "num_training_steps")
        : 0,
      ...("num_cycles" in call && { cycles: numberIn(call, "num_cycles") }),
      ...("power" in call && { power: numberIn(call, "power") }),
    };
    const steps = Object.keys(table);
    return compare(
      name,
      steps.map((step) => learningRate(Number(step), schedule)),
      steps.map((step) => numberIn(table, step)),
      { abs: 1e-12 * schedule.baseLr },
    );
  });
}
