import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { readCase } from "../../tests/read_case.ts";
import {
  type DecayStrategy,
  phaseCount,
  phaseLengthFor,
  rankDecayAt,
} from "./rank_decay.ts";

interface PhiSchedule {
  config: {
    rank: number;
    alpha_T: number;
    warm_up: number;
    strategy: DecayStrategy;
    per_step: {
      step: number;
      rank: number;
      alpha: number | null;
      has_LR: boolean;
      warm_up: boolean;
    }[];
  };
}

for (const name of ["r4_T3_linear", "r4_T3_warm2", "r8_T4"]) {
  Deno.test(`Every step of the reference's schedule ${name} follows from its number`, () => {
    const { json: { config }, tensor } = readCase<PhiSchedule>(
      `quant/phi_schedule_${name}`,
    );
    const gammas = tensor("gamma");
    const schedule = {
      rank: config.rank,
      phaseLength: config.alpha_T,
      warmUp: config.warm_up,
      strategy: config.strategy,
    };
    let before = config.rank;
    for (const expected of config.per_step) {
      const state = rankDecayAt(expected.step, schedule);
      assertEquals(state.rank, expected.rank);
      assertEquals(state.hasPhi, expected.has_LR);
      assertEquals(state.warmUp, expected.warm_up);
      assertEquals(state.startsPhase, expected.rank < before);
      if (expected.has_LR && expected.alpha !== null) {
        assertClose([state.u], [expected.alpha], { abs: 1e-15 }, "u");
      }
      const row = expected.step * config.rank;
      const gamma = gammas.subarray(row, row + config.rank);
      assertClose(state.gamma, gamma, { abs: 1e-7 }, "gamma");
      before = expected.rank;
    }
  });
}

Deno.test("Wan's published schedule drops Phi at step 2664 of 2667", () => {
  const wan = {
    rank: 32,
    phaseLength: phaseLengthFor(2667, 32),
    warmUp: 0,
    strategy: "cosine",
  } as const;
  assertEquals(wan.phaseLength, 444);
  assertEquals(phaseCount(32), 6);
  const starts = [444, 888, 1332, 1776, 2220, 2664];
  for (const [i, step] of starts.entries()) {
    const { phase, rank, startsPhase } = rankDecayAt(step, wan);
    assertEquals({ phase, rank, startsPhase }, {
      phase: i + 1,
      rank: [16, 8, 4, 2, 1, 0][i]!,
      startsPhase: true,
    });
    assertEquals(rankDecayAt(step - 1, wan).phase, i);
    assertEquals(rankDecayAt(step + 1, wan).startsPhase, false);
  }
  const last = rankDecayAt(2666, wan);
  assertEquals([last.phase, last.hasPhi, last.u], [6, false, 0]);
});

Deno.test("An odd rank keeps its smaller half whole", () => {
  const odd = {
    rank: 5,
    phaseLength: 2,
    warmUp: 0,
    strategy: "linear",
  } as const;
  assertEquals([...rankDecayAt(1, odd).gamma], [1, 1, 0.5, 0.5, 0.5]);
  assertEquals([...rankDecayAt(3, odd).gamma], [1, 0.5, 0, 0, 0]);
  assertEquals([...rankDecayAt(5, odd).gamma], [0.5, 0, 0, 0, 0]);
  assertEquals(phaseCount(5), 3);
});

Deno.test("A small layer waits for the phase of its size and ends with the others", () => {
  const schedule = {
    rank: 8,
    phaseLength: 2,
    warmUp: 1,
    strategy: "linear",
  } as const;
  const layer = (step: number, size: number) => {
    const { rank, gamma, startsPhase } = rankDecayAt(step, schedule, size);
    return { rank, gamma: [...gamma], startsPhase };
  };
  // Size 4: nothing happens in the phase of rank 8.
  assertEquals(layer(2, 4), {
    rank: 4,
    gamma: [1, 1, 1, 1],
    startsPhase: false,
  });
  assertEquals(layer(3, 4), {
    rank: 4,
    gamma: [1, 1, 1, 1],
    startsPhase: false,
  });
  assertEquals(layer(4, 4).gamma, [1, 1, 0.5, 0.5]);
  assertEquals(layer(5, 4), {
    rank: 2,
    gamma: [1, 1, 0, 0],
    startsPhase: true,
  });
  // Size 6: its columns 5 and 6 decay in the phase of rank 8.
  assertEquals(layer(2, 6).gamma, [1, 1, 1, 1, 0.5, 0.5]);
  assertEquals(layer(3, 6).rank, 4);
  assertEquals(layer(3, 6).startsPhase, true);
  for (const size of [1, 4, 6, 8, 100]) {
    assertEquals(layer(8, size).rank, 1);
    assertEquals(layer(9, size).rank, 0);
    assertEquals(layer(9, size).startsPhase, true);
    assertEquals(layer(10, size).startsPhase, false);
  }
});

Deno.test("Rank 0 has no Phi at any step", () => {
  const none = {
    rank: 0,
    phaseLength: 1,
    warmUp: 3,
    strategy: "cosine",
  } as const;
  assertEquals(phaseCount(0), 0);
  for (const step of [0, 3, 7]) {
    const { phase, rank, gamma, startsPhase, hasPhi } = rankDecayAt(step, none);
    assertEquals(
      { phase, rank, columns: gamma.length, startsPhase, hasPhi },
      { phase: 0, rank: 0, columns: 0, startsPhase: false, hasPhi: false },
    );
  }
});

Deno.test("A run too short for its phases is refused", () => {
  assertEquals(phaseLengthFor(20, 4, 2), 6);
  assertThrows(
    () => phaseLengthFor(7, 32, 2),
    InputError,
    "5 steps after warm-up are too few for the 6 phases of rank 32",
  );
});
