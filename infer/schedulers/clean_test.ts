import { assertAlmostEquals } from "@std/assert";
import { alphaBars } from "./alpha_bar.ts";
import { FlowScheduler } from "./flow_scheduler.ts";
import { schedulerFromConfig } from "./from_config.ts";

const [X0, NOISE] = [0.7, -1.3];

const CONFIGS = [
  { _class_name: "FlowMatchEulerDiscreteScheduler", shift: 3 },
  {
    _class_name: "UniPCMultistepScheduler",
    prediction_type: "flow_prediction",
    use_flow_sigmas: true,
    flow_shift: 3,
  },
  ...["CogVideoXDDIMScheduler", "CogVideoXDPMScheduler"].map((_class_name) => ({
    _class_name,
    prediction_type: "v_prediction",
    timestep_spacing: "trailing",
    rescale_betas_zero_snr: true,
  })),
];

for (const config of CONFIGS) {
  Deno.test(`clean() of ${config._class_name} undoes the noise at each step`, () => {
    const scheduler = schedulerFromConfig(config);
    scheduler.setTimesteps(5);
    for (const [i, t] of scheduler.timesteps.entries()) {
      const [x, v] = scheduler instanceof FlowScheduler
        ? onTheFlow(scheduler.sigmas[i]!)
        : onTheArc(alphaBars(config)[t]!);
      const [a, b] = scheduler.clean(i);
      assertAlmostEquals(a * x + b * v, X0, 1e-6);
    }
  });
}

/** A noised X0 and its velocity on the straight path. */
function onTheFlow(sigma: number): [x: number, v: number] {
  return [(1 - sigma) * X0 + sigma * NOISE, NOISE - X0];
}

/** The same on the path that keeps the variance. */
function onTheArc(bar: number): [x: number, v: number] {
  const [signal, noise] = [Math.sqrt(bar), Math.sqrt(1 - bar)];
  return [signal * X0 + noise * NOISE, signal * NOISE - noise * X0];
}
