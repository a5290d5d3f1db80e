import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { alphaBars } from "./alpha_bar.ts";
import { schedulerFromConfig } from "./from_config.ts";

// Tables and trajectories are compared with the reference's by tests/parity_test.ts.

const DDIM = {
  _class_name: "CogVideoXDDIMScheduler",
  prediction_type: "v_prediction",
  rescale_betas_zero_snr: true,
  timestep_spacing: "trailing",
};
const DPM = { ...DDIM, _class_name: "CogVideoXDPMScheduler" };

const timesteps = (N: number, config: Record<string, unknown> = {}) => {
  const scheduler = schedulerFromConfig({ ...DDIM, ...config });
  scheduler.setTimesteps(N);
  return [...scheduler.timesteps];
};

Deno.test("Each spacing lays the timesteps as the reference does", () => {
  assertEquals(timesteps(6), [999, 832, 666, 499, 332, 166]);
  assertEquals(timesteps(16).slice(0, 4), [999, 937, 874, 811]);
  const leading = { timestep_spacing: "leading" };
  assertEquals(timesteps(4, leading), [750, 500, 250, 0]);
  assertEquals(timesteps(4, { ...leading, steps_offset: 1 })[3], 1);
  const linspace = { timestep_spacing: "linspace" };
  assertEquals(timesteps(3, linspace), [999, 500, 0]); // 499.5: to the even one
  assertEquals(timesteps(1, linspace), [0]);
  for (let N = 1; N <= 1000; N += 9) {
    const all = timesteps(N);
    assertEquals([all.length, all[0]], [N, 999]);
    assertEquals(all.every((t, i) => i === 0 || t < all[i - 1]!), true);
    assertEquals(all[N - 1]! >= 0, true);
  }
});

Deno.test("alphaBars() falls to zero only if the config says so", () => {
  const plain = alphaBars({ snr_shift_scale: 1 });
  const zero = alphaBars({ snr_shift_scale: 1, rescale_betas_zero_snr: true });
  assertClose([plain[0]!, zero[0]!], [1 - 0.00085, 1 - 0.00085], { abs: 1e-9 });
  assertEquals(zero[999], 0);
  assertEquals(plain[999]! > 0, true);
  const shifted = alphaBars({ snr_shift_scale: 3 });
  const snr = (bar: number) => bar / (1 - bar);
  assertClose([snr(shifted[500]!)], [snr(plain[500]!) / 3], { relToMax: 1e-9 });
});

/** A model that knows x0: v = sqrt(abar) noise - sqrt(1 - abar) x0. */
function knowing(x0: number, bars: Float64Array) {
  return (x: number, t: number) => {
    const [a, b] = [Math.sqrt(bars[t]!), Math.sqrt(1 - bars[t]!)];
    return a * (x - a * x0) / b - b * x0;
  };
}

for (const config of [DDIM, DPM]) {
  Deno.test(`${config._class_name} reaches the x0 of a model that knows it`, () => {
    const scheduler = schedulerFromConfig(config);
    const model = knowing(0.3, alphaBars(config));
    for (const steps of [1, 2, 5, 50]) {
      scheduler.setTimesteps(steps);
      let x = new Float32Array([-1.1]);
      for (const t of scheduler.timesteps) {
        x = scheduler.step(x.map((v) => model(v, t)), x, Float32Array.of(0.8));
      }
      assertClose(x, [0.3], { abs: 1e-4 }, `${steps} steps`);
    }
  });
}

Deno.test("The stochastic sampler takes noise at each step, the other none", () => {
  const [ddim, dpm] = [DDIM, DPM].map((c) => schedulerFromConfig(c));
  assertEquals([ddim!.stochastic, dpm!.stochastic], [false, true]);
  dpm!.setTimesteps(2);
  const one = Float32Array.of(1);
  assertThrows(() => dpm!.step(one, one), RangeError, "takes noise");
  const calm = dpm!.step(one, one, Float32Array.of(0))[0]!;
  dpm!.setTimesteps(2);
  const moved = dpm!.step(one, one, Float32Array.of(2))[0]!;
  const [, , , sigma] = dpm!.coefficients(0)[0]!;
  assertClose([moved - calm], [2 * sigma!], { abs: 1e-6 });
});

Deno.test("Configs and options of other algorithms are refused by name", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ prediction_type: "epsilon" }, 'prediction_type: found "epsilon"'],
    [{ beta_schedule: "linear" }, 'beta_schedule: found "linear"'],
    [{ timestep_spacing: "trailin" }, "did you mean trailing?"],
    [{ rescale_betas_zero_snr: 1 }, "rescale_betas_zero_snr: found 1"],
    [{ steps_offset: -1 }, "steps_offset: found -1"],
    [{ snr_shift_scale: 0 }, "snr_shift_scale: found 0"],
  ];
  for (const [config, message] of refused) {
    assertThrows(
      () => schedulerFromConfig({ ...DPM, ...config }),
      InputError,
      message,
    );
  }
  const scheduler = schedulerFromConfig(DDIM);
  for (const options of [{ shift: 3 }, { grid: "old" as const }]) {
    assertThrows(
      () => scheduler.setTimesteps(5, options),
      InputError,
      "flow schedulers",
    );
  }
  const late = { timestep_spacing: "leading", steps_offset: 300 };
  assertThrows(() => timesteps(4, late), InputError, "steps_offset of 300");
});
