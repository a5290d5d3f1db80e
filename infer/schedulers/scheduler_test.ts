import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { type Case, readCase } from "../../tests/read_case.ts";
import { schedulerFromConfig } from "./from_config.ts";
import { FlowScheduler } from "./flow_scheduler.ts";
import type { FlowGrid, Scheduler } from "./scheduler.ts";

interface Trajectory {
  config: {
    class: string;
    config: Record<string, unknown>;
    num_inference_steps: number;
    saved_steps: number[];
    flow_grid?: FlowGrid;
  };
  tolerance: { sigmas_abs: number; x_rel_to_max: number };
}

const CASES = [
  "flow_euler_shift1_n4",
  "flow_euler_shift3_n10",
  "flow_euler_shift5_n6",
  "unipc_flow_shift3_n2",
  "unipc_flow_shift3_n10",
  "unipc_flow_shift3_n50",
  "unipc_flow_shift5_n6",
  "unipc033_flow_shift3_n10",
  "unipc033_flow_shift3_n50",
  "unipc033_flow_shift5_n6",
];

const UNIPC = {
  _class_name: "UniPCMultistepScheduler",
  prediction_type: "flow_prediction",
  use_flow_sigmas: true,
  flow_shift: 3,
};
const EULER = { _class_name: "FlowMatchEulerDiscreteScheduler", shift: 3 };
const DDIM = {
  _class_name: "CogVideoXDDIMScheduler",
  prediction_type: "v_prediction",
};

function flowScheduler(config: Record<string, unknown>): FlowScheduler {
  const scheduler = schedulerFromConfig(config);
  assert(scheduler instanceof FlowScheduler);
  return scheduler;
}

/** tanh(M x over the channels) + t / 1000 * bias, for x of shape [1,C,...]. */
function fakeModel({ tensor, shape }: Case<Trajectory>) {
  const M = tensor("M");
  const bias = tensor("bias");
  const C = bias.length;
  const size = shape("x_init").slice(2).reduce((a, b) => a * b);
  return (x: Float32Array, t: number) =>
    x.map((_, at) => {
      const row = Math.floor(at / size);
      let sum = 0;
      for (let c = 0; c < C; c++) {
        sum += M[row * C + c]! * x[c * size + at % size]!;
      }
      return Math.tanh(sum) + t / 1000 * bias[row]!;
    });
}

for (const name of CASES) {
  Deno.test(`The tables and every step of ${name} are the reference's`, () => {
    const recorded = readCase<Trajectory>(`schedulers/${name}`);
    const { json: { config, tolerance }, tensor } = recorded;
    const scheduler = flowScheduler({
      _class_name: config.class,
      ...config.config,
    });
    scheduler.setTimesteps(config.num_inference_steps, {
      grid: config.flow_grid ?? "new",
    });
    if (name.startsWith("unipc")) {
      assertEquals(scheduler.timesteps, tensor("timesteps"));
    }
    assertClose(scheduler.timesteps, tensor("timesteps"), { abs: 1e-3 }, "t");
    assertClose(scheduler.sigmas, tensor("sigmas"), {
      abs: tolerance.sigmas_abs,
    }, "sigmas");

    const model = fakeModel(recorded);
    const recordedX = tensor("x_after_step");
    let x = tensor("x_init");
    for (const [i, t] of scheduler.timesteps.entries()) {
      x = scheduler.step(model(x, t), x);
      const row = config.saved_steps.indexOf(i);
      if (row < 0) continue;
      const expected = recordedX.subarray(row * x.length, (row + 1) * x.length);
      assertClose(x, expected, { relToMax: tolerance.x_rel_to_max }, `x_${i}`);
    }
  });
}

/** What a kernel does: rows of coefficients times [x, v, ...memory]. */
function runByCoefficients(scheduler: Scheduler, x: number, model: typeof f) {
  let state = [x, ...scheduler.memory.map(() => 0)];
  for (const [i, t] of scheduler.timesteps.entries()) {
    const [sample, ...memory] = state as [number, ...number[]];
    const terms = [sample, model(sample, t), ...memory];
    state = scheduler.coefficients(i).map((row) => {
      assertEquals(row.length, terms.length);
      return row.reduce((sum, c, j) => sum + c * terms[j]!, 0);
    });
  }
  return state[0]!;
}

const f = (x: number, t: number) => Math.sin(x) + t / 1000;

for (const config of [EULER, UNIPC]) {
  Deno.test(`${config._class_name} is wholly told by its coefficients`, () => {
    const scheduler = schedulerFromConfig(config);
    scheduler.setTimesteps(7);
    let x = new Float32Array([0.7]);
    for (const t of scheduler.timesteps) {
      x = scheduler.step(x.map((v) => f(v, t)), x);
    }
    assertClose(x, [runByCoefficients(scheduler, 0.7, f)], { abs: 1e-6 });
  });

  Deno.test(`${config._class_name} reaches x0 of a straight path`, () => {
    const scheduler = flowScheduler(config);
    for (const steps of [1, 2, 3, 1000]) {
      scheduler.setTimesteps(steps);
      const [x0, noise] = [0.3, -1.1];
      const s = scheduler.sigmas[0]!;
      let x = new Float32Array([(1 - s) * x0 + s * noise]);
      for (let i = 0; i < steps; i++) {
        x = scheduler.step(new Float32Array([noise - x0]), x);
      }
      assertClose(x, [x0], { abs: 1e-4 }, `${steps} steps`);
    }
  });

  Deno.test(`${config._class_name} takes another shift as its config's own`, () => {
    const scheduler = flowScheduler(config);
    scheduler.setTimesteps(6, { shift: 5 });
    const five = flowScheduler({ ...config, shift: 5, flow_shift: 5 });
    five.setTimesteps(6);
    assertEquals(scheduler.sigmas, five.sigmas);
    assertEquals(scheduler.timesteps, five.timesteps);
  });

  Deno.test(`${config._class_name} starts anew with setTimesteps()`, () => {
    const scheduler = schedulerFromConfig(config);
    const run = () => {
      scheduler.setTimesteps(3);
      let x = new Float32Array([1, 2]);
      for (const t of scheduler.timesteps) {
        x = scheduler.step(x.map((v) => f(v, t)), x);
      }
      return x;
    };
    assertEquals(run(), run());
    assertThrows(
      () => scheduler.step(new Float32Array(2), new Float32Array(2)),
      RangeError,
      "Step 3 is not among the 3 steps",
    );
  });
}

Deno.test("step() writes neither the sample nor the model's output", () => {
  const scheduler = schedulerFromConfig(UNIPC);
  scheduler.setTimesteps(2);
  const v = new Float32Array([0.5]);
  const x = new Float32Array([1]);
  const next = scheduler.step(v, x);
  x[0] = v[0] = 99; // nor does it keep them
  const twin = schedulerFromConfig(UNIPC);
  twin.setTimesteps(2);
  const same = twin.step(new Float32Array([0.5]), new Float32Array([1]));
  assertEquals(next, same);
  const again = new Float32Array([0.25]);
  assertEquals(scheduler.step(again, next), twin.step(again, same));
});

Deno.test("A config that asks for another algorithm is refused by name", () => {
  const refused: [unknown, string][] = [
    [[], "Scheduler config: it is no JSON object"],
    [{}, "_class_name: found nothing, accepted is Flow"],
    [
      { _class_name: "UniPCMultistepSheduler" },
      "(did you mean UniPCMultistepScheduler?)",
    ],
    [{ _class_name: "UniPCMultistepScheduler" }, "prediction_type"],
    [{ ...UNIPC, solver_order: 4 }, "solver_order: found 4, accepted is 1, 2"],
    [{ ...UNIPC, solver_type: "bh3" }, 'solver_type: found "bh3"'],
    [
      { ...UNIPC, disable_corrector: [0] },
      "disable_corrector: found [0], accepted is []",
    ],
    [{ ...UNIPC, flow_shift: "3" }, 'flow_shift: found "3"'],
    [{ ...UNIPC, flow_shift: 0 }, "flow_shift: found 0"],
    [
      { ...EULER, use_dynamic_shifting: true },
      "use_dynamic_shifting: found true",
    ],
    [
      { ...EULER, num_train_timesteps: 10.5 },
      "num_train_timesteps: found 10.5",
    ],
    [{ ...DDIM, num_train_timesteps: 1e9 }, "number up to 100000"],
    [{ ...DDIM, num_train_timesteps: 1e308 }, "number up to 100000"],
    [{ ...DDIM, beta_end: 5 }, "beta_end: found 5"],
    [{ ...DDIM, steps_offset: 1e9 }, "steps_offset: found 1000000000"],
    [{ ...EULER, shift: 1e300 }, "shift: found 1e+300"],
    [{ ...EULER, shift: "9".repeat(5000) }, '9…", accepted'],
  ];
  for (const [config, message] of refused) {
    assertThrows(() => schedulerFromConfig(config), InputError, message);
  }
  assertThrows(
    () => schedulerFromConfig({}, "m/scheduler_config.json"),
    InputError,
    "m/scheduler_config.json: _class_name: found nothing",
  );
  schedulerFromConfig({ ...EULER, shift_terminal: null, time_shift_type: "x" });
});

Deno.test("setTimesteps() refuses what has no table", () => {
  const unipc = schedulerFromConfig(UNIPC);
  assertThrows(() => unipc.setTimesteps(0), InputError, "Steps 0");
  assertThrows(() => unipc.setTimesteps(1001), InputError, "from 1 to 1000");
  assertThrows(() => unipc.setTimesteps(5, { shift: -1 }), InputError, "-1");
  assertThrows(() => unipc.setTimesteps(900, { shift: 1e6 }), InputError);
  const euler = schedulerFromConfig(EULER);
  assertThrows(
    () => euler.setTimesteps(5, { grid: "old" }),
    InputError,
    "old flow grid",
  );
});
