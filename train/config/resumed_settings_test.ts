import { assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { configYaml, resolveConfig, type TrainConfig } from "./config.ts";
import { checkSettings, parseSettings } from "./resumed_settings.ts";

const CONFIG = resolveConfig([]);

function check(change: Partial<TrainConfig>): void {
  const now = configYaml({ ...CONFIG, ...change });
  checkSettings("step-5", parseSettings("step-5", configYaml(CONFIG)), now);
}

Deno.test("a resumed run may log, save and compute elsewhere", () => {
  check({});
  check({ resume: true, out: "other", logEvery: 3, checkpointEvery: 7 });
  check({ gpu: "cpu", gradientCheckpointing: true });
});

Deno.test("a resumed run reads the names that earlier checkpoints have", () => {
  const now = configYaml(CONFIG);
  const earlier = now
    .replace("range_rule: timestep", "clip_rule: product")
    .replace("max_grad_norm", "grad_clip")
    .replace("ranges:", "clips:");
  checkSettings("step-5", parseSettings("step-5", earlier), now);
});

Deno.test("a resumed run is refused by the name of what was changed", () => {
  const cases: [Partial<TrainConfig>, string][] = [
    [{ steps: 400 }, "found steps 400, accepted is 300"],
    [
      { lr: { ...CONFIG.lr, ranges: 0.5 } },
      "found lr.ranges 0.5, accepted is 0.01",
    ],
    [{ frames: 8 }, "found frames 8, accepted is not given"],
    [{ bits: { weights: 3, activations: 3 } }, "bits W3A3, accepted is W4A4"],
    [{ betas: [0.8, 0.95] }, "betas 0.8,0.95, accepted is 0.9,0.95"],
  ];
  for (const [change, message] of cases) {
    assertThrows(() => check(change), InputError, message);
  }
});

Deno.test("metadata that holds no settings is said to be wrong, no flag is", () => {
  const cases: [string | undefined, string][] = [
    [undefined, "Cannot read step-5: its config holds no settings"],
    ["steps", "holds no settings"],
    ["a: b: c", "The config in step-5: "],
    ["steps: &a [*a]", "The config in step-5: "],
    ["batch: [[1]]", "has no plain value of batch"],
    ["lr: {weights: {a: 1}}", "has no plain value of lr.weights"],
    ["modfl: tiny", "has the unknown setting modfl"],
  ];
  for (const [yaml, message] of cases) {
    assertThrows(() => parseSettings("step-5", yaml), InputError, message);
  }
});
