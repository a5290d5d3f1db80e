import { OWN } from "./contenders.ts";
import { type Measured, medianOver, WEBGPU_PEERS } from "./rounds.ts";

/** A ratio that we hold ourselves to: above `gate`, aiming at `aim`. */
export interface Gate {
  readonly what: string;
  readonly gate: number;
  readonly aim: number;
  /** Below is better: a count rather than a ratio. */
  readonly atMost?: boolean;
  /** Its value in one round; undefined where a number is missing. */
  readonly of: (numbers: Numbers) => number | undefined;
}

/** The numbers of one round. */
export interface Numbers {
  /** Milliseconds seen from outside. */
  ms(contender: string, op: string): number | undefined;
  /** Milliseconds on the device, of our own rows. */
  device(op: string): number | undefined;
  /** Counts of our own. */
  value(op: string): number | undefined;
}

/** The numbers of round `round`. */
export function numbersOf(all: readonly Measured[], round: number): Numbers {
  const find = (contender: string, op: string) =>
    all.find((m) =>
      m.round === round && m.contender === contender && m.op === op
    );
  return {
    ms: (contender, op) => find(contender, op)?.ms,
    device: (op) => find(OWN, op)?.device,
    value: (op) => find(OWN, op)?.value,
  };
}

/** How many times as fast we are as the fastest of these peers. */
function against(peers: readonly string[], op: string, theirs = op) {
  return (numbers: Numbers) => {
    const times = peers.map((peer) => numbers.ms(peer, theirs))
      .filter((ms) => ms !== undefined);
    const own = numbers.ms(OWN, op);
    return own && times.length > 0 ? Math.min(...times) / own : undefined;
  };
}

/** How many times as fast `op` is as another row of ours. */
function ownAgainst(op: string, other: string) {
  return (numbers: Numbers) => {
    const [a, b] = [numbers.device(op), numbers.device(other)];
    return a && b ? b / a : undefined;
  };
}

const best = (op: string) => against(WEBGPU_PEERS, op);
const LINEAR = "f32 linear, 1024 x 1536 x 1536";

/** What is asked of speed, in the order of the table. */
export const GATES: readonly Gate[] = [
  {
    what: `${LINEAR}, against tinygrad`,
    gate: 5.5,
    aim: 10,
    of: against(["tinygrad"], "linear"),
  },
  {
    what: `${LINEAR}, against jax-js`,
    gate: 8,
    aim: 14,
    of: against(["jax-js"], "linear"),
  },
  {
    what: `${LINEAR}, against onnxruntime-web`,
    gate: 8,
    aim: 14,
    of: against(["onnxruntime-web"], "linear"),
  },
  {
    what: `${LINEAR}, against tfjs`,
    gate: 20,
    aim: 30,
    of: against(["tfjs"], "linear"),
  },
  {
    what: `${LINEAR}, share of the measured FMA peak`,
    gate: 0.35,
    aim: 0.6,
    of: (n) => {
      const [ms, peak] = [n.device("linear"), n.value("peak flops")];
      return ms && peak && 2 * 1024 * 1536 * 1536 / (ms / 1e3) / peak;
    },
  },
  {
    what: "dX against the forward product",
    gate: 0.8,
    aim: 0.95,
    of: ownAgainst("linear dX", "linear"),
  },
  {
    what: "dW against the forward product",
    gate: 0.8,
    aim: 0.95,
    of: ownAgainst("linear dW", "linear"),
  },
  {
    what: "W4A4 with quantise, against our f32",
    gate: 1.5,
    aim: 2.5,
    of: ownAgainst("linear W4A4", "linear"),
  },
  {
    what: "W4A4 with quantise, against our f16 weights",
    gate: 1.3,
    aim: 2,
    of: ownAgainst("linear W4A4", "linear f16"),
  },
  {
    what: "W3A3 from 3-bit storage, against our W4A4",
    gate: 0.85,
    aim: 1.1,
    of: ownAgainst("linear W3A3", "linear W4A4"),
  },
  {
    what: "W4A4 against onnxruntime-web's 4-bit product",
    gate: 12,
    aim: 25,
    of: against(["onnxruntime-web"], "linear W4A4", "linear W4"),
  },
  {
    what: "attention, 12 heads of 128, 1024 tokens, best WebGPU peer",
    gate: 3.5,
    aim: 8,
    of: best("attention"),
  },
  ...["layer norm", "rms norm", "softmax", "gelu"].map((op): Gate => ({
    what: `${op}, 1024 x 1536, best WebGPU peer`,
    gate: 2,
    aim: 6,
    of: best(op),
  })),
  {
    what: "block forward, against jax-js",
    gate: 4.5,
    aim: 8,
    of: against(["jax-js"], "block"),
  },
  {
    what: "block forward and backward, against jax-js",
    gate: 5,
    aim: 10,
    of: against(["jax-js"], "block with gradients"),
  },
  {
    what: "W4A4 block, against our f32 block",
    gate: 1.5,
    aim: 2.2,
    of: ownAgainst("block W4A4", "block"),
  },
  {
    what: "W4A4 block, against our f16-weight block",
    gate: 1.35,
    aim: 1.8,
    of: ownAgainst("block W4A4", "block f16"),
  },
  {
    what: "int8 attention, 1024 tokens, against our f32",
    gate: 1.05,
    aim: 1.4,
    of: ownAgainst("attention int8", "attention"),
  },
  {
    what: "int8 attention, 4096 tokens, against our f32",
    gate: 1.3,
    aim: 1.8,
    of: ownAgainst("attention 4096 int8", "attention 4096"),
  },
  {
    what: "dispatches of the block, forward",
    gate: 10,
    aim: 7,
    atMost: true,
    of: (n) => n.value("block dispatches"),
  },
  {
    what: "dispatches of the block, forward and backward",
    gate: 40,
    aim: 27,
    atMost: true,
    of: (n) => n.value("block with gradients dispatches"),
  },
  {
    what: "block forward and backward, against torch CPU on one thread",
    gate: 0.3,
    aim: 0.55,
    of: against(["torch CPU, 1 thread"], "block with gradients"),
  },
  {
    what: "process start to first 512^3 product, best peer's time",
    gate: 1 / 0.8,
    aim: 2,
    of: best("cold start"),
  },
  {
    what: "AdamW over the block's weights, best WebGPU peer",
    gate: 2,
    aim: 4,
    of: best("adam"),
  },
  {
    what: "time a FLOP of a linear, 512 tokens against 2048",
    gate: 0.95,
    aim: 1,
    of: (n) => {
      const [few, many] = [n.device("linear 512"), n.device("linear 2048")];
      return few && many && 4 * few / many;
    },
  },
  {
    what: "bytes of attention, 8192 tokens against 4096",
    gate: 2.2,
    aim: 2,
    atMost: true,
    of: (n) => {
      const [few, many] = [4096, 8192].map((t) =>
        n.value(`attention ${t} bytes`)
      );
      return few && many && many / few;
    },
  },
];

/** A gate with what was measured. */
export interface Judged extends Gate {
  /** The median of the rounds; undefined where a number is missing. */
  readonly median?: number;
  /** The value of each round. */
  readonly rounds: readonly (number | undefined)[];
}

/** Every gate on the median of its rounds. */
export function judge(all: readonly Measured[], rounds: number): Judged[] {
  const numbers = Array.from(
    { length: rounds },
    (_, i) => numbersOf(all, i + 1),
  );
  return GATES.map((gate) => {
    const values = numbers.map((n) => gate.of(n));
    const median = medianOver(rounds, (round) => values[round - 1]);
    return {
      ...gate,
      rounds: values,
      ...(median !== undefined && { median }),
    };
  });
}

/** Whether a median satisfies a bound. */
export function meets(
  { atMost }: Gate,
  median: number,
  bound: number,
): boolean {
  return atMost ? median <= bound : median >= bound;
}
