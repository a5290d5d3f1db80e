import { emit, type Gpu, record, spread, traits } from "../../../gpu/mod.ts";
import {
  attention,
  fromArray,
  gelu,
  gradients,
  layerNorm,
  linear,
  mean,
  packedLinear,
  pinned,
  rmsNorm,
  sizeOf,
  softmax,
  square,
  type Tensor,
} from "../../../autograd/mod.ts";
import { f32ToF16 } from "../../../core/half.ts";
import { adamw } from "../../../kernels/adamw.ts";
import { measurePeak } from "../../../kernels/lib/peak.ts";
import {
  ATTENTION,
  BLOCK_WEIGHTS,
  LINEAR,
  REPEATS,
  ROWS,
  values,
} from "../sizes.ts";
import { block, blockInputs, floatLayers, LAYERS } from "./block.ts";
import { Clock } from "./clock.ts";
import { packedLayers, randomLayer } from "./packed.ts";

/** Measures every row of ours and prints its line. */
export async function measureRows(gpu: Gpu): Promise<void> {
  using clock = new Clock(gpu);
  await addLinears(clock);
  await addAttention(clock);
  await addRows(clock);
  await addBlocks(clock);
  await addAdam(clock);
  await clock.run();
  clock.count("peak flops", (await measurePeak(gpu)).flops);
}

const random = (gpu: Gpu, shape: readonly number[], spread = 1) =>
  fromArray(gpu, shape, values(sizeOf(shape), spread));

const randomHalf = (gpu: Gpu, shape: readonly number[], spread = 1) =>
  pinned(shape, "f16").write(
    gpu,
    new Uint32Array(f32ToF16(values(sizeOf(shape), spread)).buffer),
  );

async function addLinears(clock: Clock): Promise<void> {
  const { gpu } = clock;
  const { rows, inputs, outputs } = LINEAR;
  const x = random(gpu, [rows, inputs]);
  const w = random(gpu, [outputs, inputs]);
  const dy = random(gpu, [rows, outputs]);
  await clock.add("linear", () => linear(x, w));
  await clock.add(
    "linear dX",
    () => gradients(linear(x, w), dy, [x]) as Tensor[],
  );
  await clock.add(
    "linear dW",
    () => gradients(linear(x, w), dy, [w]) as Tensor[],
  );
  const half = randomHalf(gpu, [outputs, inputs]);
  await clock.add("linear f16", () => linear(x, half));
  for (const bits of [4, 3]) {
    const layer = await randomLayer(gpu, [outputs, inputs], bits);
    await clock.add(`linear W${bits}A${bits}`, () => packedLinear(x, layer));
  }
  for (const tokens of [512, 2048]) {
    const few = random(gpu, [tokens, inputs]);
    await clock.add(`linear ${tokens}`, () => linear(few, w));
  }
}

async function addAttention(clock: Clock): Promise<void> {
  const { gpu } = clock;
  const { heads, width, tokens } = ATTENTION;
  for (
    const [name, t, h] of [["attention", tokens, heads], [
      "attention 4096",
      4096,
      3,
    ]] as const
  ) {
    const shape = [1, t, h, width];
    const [q, k, v] = [0, 1, 2].map(() => random(gpu, shape));
    await clock.add(name, () => attention(q!, k!, v!));
    await clock.add(
      `${name} int8`,
      () => attention(q!, k!, v!, { precision: "int8" }),
    );
  }
  for (const t of [4096, 8192]) {
    const [q, k, v] = [0, 1, 2].map(() => pinned([1, t, 1, width]));
    using plan = await record(gpu, () => attention(q!, k!, v!).keep());
    const pinnedBytes = 4 * 4 * t * width;
    clock.count(`attention ${t} bytes`, pinnedBytes + plan.plannedBytes);
    for (const x of [q!, k!, v!, plan.result]) x.dispose();
  }
}

async function addRows(clock: Clock): Promise<void> {
  const x = random(clock.gpu, [ROWS.rows, ROWS.columns]);
  const weight = random(clock.gpu, [ROWS.columns]);
  const ops: [string, () => Tensor][] = [
    ["layer norm", () => layerNorm(x, { weight, eps: 1e-6 })],
    ["rms norm", () => rmsNorm(x, { weight, eps: 1e-6 })],
    ["softmax", () => softmax(x)],
    ["gelu", () => gelu(x)],
  ];
  for (const [op, f] of ops) await clock.add(op, f, REPEATS);
}

async function addBlocks(clock: Clock): Promise<void> {
  const { gpu } = clock;
  const { x, mods } = blockInputs(gpu);
  const weights = LAYERS.map((shape) => random(gpu, shape, 0.05));
  const halves = LAYERS.map((shape) => randomHalf(gpu, shape, 0.05));
  const forward = () => block(x, floatLayers(weights), mods);
  const plans = [
    await clock.add("block", forward),
    await clock.add("block with gradients", () => {
      const loss = mean(square(forward()));
      return gradients(loss, fromArray(gpu, [1], [1]), weights) as Tensor[];
    }),
  ];
  for (const plan of plans) {
    const op = plan === plans[0] ? "block" : "block with gradients";
    clock.count(`${op} dispatches`, plan.steps.length);
  }
  await clock.add("block f16", () => block(x, floatLayers(halves), mods));
  const packed = await packedLayers(gpu);
  await clock.add("block W4A4", () => block(x, packed, mods));
}

async function addAdam(clock: Clock): Promise<void> {
  const zeros = new Float32Array(BLOCK_WEIGHTS);
  const [w, g, m, v] = Array.from(
    { length: 4 },
    () => fromArray(clock.gpu, [BLOCK_WEIGHTS], zeros),
  );
  const group = [1, 1e-4, 1, 0, 0, 0]; // decay, rate, correction
  const groups = fromArray(clock.gpu, [6], new Float32Array(group));
  const stats = fromArray(clock.gpu, [3], [1, 1, 1]);
  const params = {
    walk: 512,
    group: 0,
    beta2: 0.95,
    eps: 1e-8,
    rest1: 0.1,
    rest2: 0.05,
    rest_ema: 0,
  };
  await clock.add("adam", () => {
    const { software, subgroupSize } = traits();
    const LANES = software && subgroupSize ? subgroupSize : 64;
    const walk = software ? 512 : 4;
    emit(
      adamw,
      { w: w!, g: g!, m: m!, v: v!, groups, stats },
      spread(BLOCK_WEIGHTS / 4, LANES * walk),
      { params: { ...params, walk }, constants: { LANES } },
    );
    return w!;
  }, 5);
}
