import { attention } from "../../autograd/attention.ts";
import { svd } from "../../autograd/linalg/svd.ts";
import { linear } from "../../autograd/linear.ts";
import { mse } from "../../autograd/losses.ts";
import { detach, gradients } from "../../autograd/op.ts";
import { packWeight } from "../../autograd/pack_weight.ts";
import { packedLayer, packedLinear } from "../../autograd/packed_linear.ts";
import { pinned, readAll, type Tensor } from "../../autograd/tensor.ts";
import { normal } from "../../core/random.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { parameters } from "../../models/module.ts";
import { declareTransformer } from "../../models/transformers.ts";
import { load, MemorySource } from "../../models/weights/load.ts";
import { AdamW } from "../../train/optim/optimizer.ts";
import { ParameterArena } from "../../train/optim/parameter_arena.ts";
import { Trainer } from "../../train/optim/trainer.ts";
import {
  declareStudent,
  initialiseStudent,
} from "../../train/qvgen/student.ts";
import { TINY_CONFIG, tinyTensors } from "../tiny_transformer.ts";

/** Numbers that every adapter must agree on, by what computed them. */
export type Results = Record<string, number[]>;

type Values = Float32Array<ArrayBuffer>;

/** Computes them: each kind of kernel that a model in training or in use needs. */
export async function computeResults(gpu: Gpu): Promise<Results> {
  return {
    ...await ops(gpu),
    ...await packed(gpu, 4),
    ...await packed(gpu, 3),
    "QVGen steps": await qvgenSteps(gpu),
  };
}

function draw(gpu: Gpu, seed: number, shape: number[]): Tensor {
  const tensor = pinned(shape);
  const values: Values = new Float32Array(tensor.size);
  normal([seed, 7], [0, 0, 0, 0], values);
  return tensor.write(gpu, values);
}

async function read(gpu: Gpu, work: () => Record<string, Tensor>) {
  using plan = await record(gpu, () => {
    const made = work();
    for (const tensor of Object.values(made)) tensor.keep();
    return made;
  });
  plan.run();
  const values = await readAll(gpu, Object.values(plan.result));
  return Object.fromEntries(
    Object.keys(plan.result).map((name, i) => [name, [...values[i]!]]),
  );
}

function ops(gpu: Gpu): Promise<Results> {
  const [x, w] = [draw(gpu, 1, [96, 256]), draw(gpu, 2, [160, 256])];
  const [q, k, v] = [3, 4, 5].map((seed) => draw(gpu, seed, [1, 70, 2, 64]));
  const [dy, dz] = [draw(gpu, 6, [96, 160]), draw(gpu, 7, [1, 70, 2, 64])];
  const a = draw(gpu, 8, [1, 24, 40]);
  return read(gpu, () => {
    const y = linear(x, w);
    const z = attention(q!, k!, v!);
    const [dx, dw] = gradients(y, dy, [x, w]);
    const [dq, dk, dv] = gradients(z, dz, [q!, k!, v!]);
    return {
      "linear": y,
      "attention": z,
      "gradient of x": dx!,
      "gradient of w": dw!,
      "gradient of q": dq!,
      "gradient of k": dk!,
      "gradient of v": dv!,
      "singular values": svd(a).s,
    };
  });
}

function packed(gpu: Gpu, bits: number): Promise<Results> {
  const [K, N] = [160, 130];
  const codes = Float32Array.from(
    { length: N * K },
    (_, i) => (i * 7 + (i >> 5)) % 2 ** bits,
  );
  const x = draw(gpu, 9, [34, K]);
  const given = pinned([N, K]).write(gpu, codes);
  const scale = draw(gpu, 10, [N, 1]);
  const zero = pinned([N, 1]).write(gpu, new Float32Array(N).fill(2.5));
  return read(gpu, () => {
    const weight = packWeight(given, bits);
    const layer = packedLayer(weight, { scale, zero }, { bits });
    return { [`packed W${bits}A${bits}`]: packedLinear(x, layer) };
  });
}

/** Loss and norm of the gradient of two steps of a tiny student. */
async function qvgenSteps(gpu: Gpu): Promise<number[]> {
  const weights = new MemorySource(
    "memory",
    tinyTensors() as ConstructorParameters<typeof MemorySource>[1],
  );
  const teacher = declareTransformer(TINY_CONFIG, "config");
  await load(gpu, Object.fromEntries(parameters(teacher)), weights);
  const student = declareStudent(teacher, {
    bits: { weights: 4, activations: 4 },
    rank: 2,
    ranges: { count: 10, ratio: 0.95 },
  });
  await initialiseStudent(gpu, student, weights);
  const inputs = teacher.inputs(gpu, {
    batch: 1,
    latents: [16, 2, 4, 4],
    textRows: 5,
  });
  const { latents, text, time } = inputs;
  for (const [i, tensor] of [latents, text, time].entries()) {
    const values: Values = new Float32Array(tensor.size);
    normal([11 + i, 7], [0, 0, 0, 0], values);
    tensor.write(gpu, values);
  }
  student.context.setBatch(1).write(gpu, Uint32Array.of(3));
  student.context.setPhi(gpu, (rank) => new Float32Array(rank).fill(1));
  const arena = ParameterArena.create(gpu, parameters(student.transformer));
  const objective = {
    planKey: () => "with Phi",
    prepare() {},
    loss: () =>
      mse(student.transformer.forward(inputs), detach(teacher.forward(inputs))),
  };
  using trainer = new Trainer(gpu, objective, new AdamW(gpu, arena), {
    rateOf: () => 1e-3,
  });
  for (let step = 0; step < 2; step++) await trainer.step(step);
  const steps = await trainer.read();
  return steps.flatMap(({ loss, norm }) => [loss, norm]);
}
