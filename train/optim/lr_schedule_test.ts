import { assertEquals } from "@std/assert";
import { readCase } from "../../tests/read_case.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { learningRate, type LrScheduleName } from "./lr_schedule.ts";

interface LrTable {
  expected: Record<string, {
    call: {
      name: LrScheduleName;
      num_warmup_steps: number;
      num_training_steps?: number;
      num_cycles?: number;
      power?: number;
    };
    base_lr: number;
    lr_by_step: Record<string, number>;
  }>;
}

const { expected } = readCase<LrTable>("optim/lr_table").json;

for (const [name, { call, base_lr, lr_by_step }] of Object.entries(expected)) {
  Deno.test(`learningRate() follows the reference's ${name}`, () => {
    const schedule = {
      name: call.name,
      baseLr: base_lr,
      warmUp: call.num_warmup_steps,
      steps: call.num_training_steps ?? 0,
      ...(call.num_cycles && { cycles: call.num_cycles }),
      ...(call.power && { power: call.power }),
    };
    const steps = Object.keys(lr_by_step).map(Number);
    assertClose(
      steps.map((step) => learningRate(step, schedule)),
      Object.values(lr_by_step),
      { relToMax: 1e-12 },
    );
  });
}

Deno.test("learningRate() of a constant schedule needs no length", () => {
  const constant = {
    name: "constant",
    baseLr: 2,
    warmUp: 0,
    steps: 0,
  } as const;
  assertEquals(learningRate(0, constant), 2);
  assertEquals(learningRate(1e6, constant), 2);
});
