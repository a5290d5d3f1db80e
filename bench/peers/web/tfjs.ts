import {
  ATTENTION,
  BLOCK,
  BLOCK_WEIGHTS,
  CUBE,
  LINEAR,
  REPEATS,
  ROWS,
  values,
} from "../sizes.ts";
import { coldStart, time } from "../timer.ts";

/** What this file uses of TensorFlow.js. */
interface TfTensor {
  data(): Promise<unknown>;
  clone(): TfTensor;
}
interface TfVariable extends TfTensor {
  readonly name: string;
}
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor1d(x: Float32Array): TfTensor;
  tensor2d(x: Float32Array, shape: [number, number]): TfTensor;
  tensor3d(x: Float32Array, shape: [number, number, number]): TfTensor;
  variable(x: TfTensor): TfVariable;
  reshape(x: TfTensor, shape: number[]): TfTensor;
  slice(x: TfTensor, at: number[], size: number[]): TfTensor;
  transpose(x: TfTensor, axes: number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, ta?: boolean, tb?: boolean): TfTensor;
  add(a: TfTensor | number, b: TfTensor | number): TfTensor;
  sub(a: TfTensor, b: TfTensor): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  tanh(x: TfTensor): TfTensor;
  square(x: TfTensor): TfTensor;
  rsqrt(x: TfTensor): TfTensor;
  mean(x: TfTensor, axis?: number, keep?: boolean): TfTensor;
  moments(
    x: TfTensor,
    axis: number,
    keep: boolean,
  ): { mean: TfTensor; variance: TfTensor };
  softmax(x: TfTensor): TfTensor;
  tidy(f: () => TfTensor): TfTensor;
  dispose(x: TfTensor | TfTensor[]): void;
  grads(f: (...w: TfTensor[]) => TfTensor): (w: TfTensor[]) => TfTensor[];
  train: {
    adam(lr: number): {
      applyGradients(gradients: Record<string, TfTensor>): void;
    };
  };
}

const modules = [
  "npm:@tensorflow/tfjs@4.22.0",
  "npm:@tensorflow/tfjs-backend-webgpu@4.22.0",
];
const tf = await import(modules[0]!) as Tf;
await import(modules[1]!);
await tf.setBackend("webgpu");
await tf.ready();

/** Waits for a result: reading it is the only way, one element is enough. */
async function wait(y: TfTensor): Promise<void> {
  const flat = tf.reshape(y, [-1]);
  const one = tf.slice(flat, [0], [1]);
  await one.data();
  tf.dispose([flat, one]);
}

function matrix(rows: number, columns: number, spread = 1): TfTensor {
  return tf.tensor2d(values(rows * columns, spread), [rows, columns]);
}

function repeated(f: () => TfTensor) {
  return async (times: number) => {
    let y: TfTensor | undefined;
    for (let i = 0; i < times; i++) {
      if (y) tf.dispose(y);
      y = tf.tidy(f);
    }
    await wait(y!);
    tf.dispose(y!);
  };
}

await tf.matMul(matrix(CUBE, CUBE), matrix(CUBE, CUBE), false, true).data();
coldStart();

const a = matrix(LINEAR.rows, LINEAR.inputs);
const w = matrix(LINEAR.outputs, LINEAR.inputs);
await time("linear", repeated(() => tf.matMul(a, w, false, true)));

const { heads, width, tokens } = ATTENTION;
const q = tf.tensor3d(values(tokens * heads * width), [heads, tokens, width]);
const [k, v] = [q.clone(), q.clone()];

function attend(
  q: TfTensor,
  k: TfTensor,
  v: TfTensor,
  width: number,
): TfTensor {
  const scores = tf.mul(tf.matMul(q, k, false, true), width ** -0.5);
  return tf.matMul(tf.softmax(scores), v);
}
await time("attention", repeated(() => attend(q, k, v, width)));

const x = matrix(ROWS.rows, ROWS.columns);
const g = tf.tensor1d(values(ROWS.columns));

function normed(x: TfTensor): TfTensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-6)));
}

function rms(x: TfTensor): TfTensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6));
}

function gelu(x: TfTensor): TfTensor {
  const cube = tf.mul(x, tf.square(x));
  const inner = tf.mul(tf.add(x, tf.mul(cube, 0.044715)), 0.7978845608);
  return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
}
const rowOps: [string, () => TfTensor][] = [
  ["layer norm", () => tf.mul(normed(x), g)],
  ["rms norm", () => tf.mul(tf.mul(x, rms(x)), g)],
  ["softmax", () => tf.softmax(x)],
  ["gelu", () => gelu(x)],
];
for (const [op, f] of rowOps) await time(op, repeated(f), { times: REPEATS });

const { dim, ffn } = BLOCK;
const weights = [
  ...Array.from({ length: 4 }, () => matrix(dim, dim, 0.05)),
  matrix(dim, ffn, 0.05),
  matrix(ffn, dim, 0.05),
];
const mods = Array.from({ length: 6 }, () => tf.tensor1d(values(dim, 0.1)));
const input = matrix(BLOCK.tokens, dim);

function split(x: TfTensor): TfTensor {
  const shape = [BLOCK.tokens, BLOCK.heads, dim / BLOCK.heads];
  return tf.transpose(tf.reshape(x, shape), [1, 0, 2]);
}

function block(x: TfTensor, w: TfTensor[], m: TfTensor[]): TfTensor {
  const h = tf.add(tf.mul(normed(x), tf.add(1, m[0]!)), m[1]!);
  const [q, k, v] = [0, 1, 2].map((i) => split(tf.matMul(h, w[i]!)));
  const heads = attend(q!, k!, v!, dim / BLOCK.heads);
  const joined = tf.reshape(tf.transpose(heads, [1, 0, 2]), [
    BLOCK.tokens,
    dim,
  ]);
  const middle = tf.add(x, tf.mul(m[2]!, tf.matMul(joined, w[3]!)));
  const h2 = tf.add(tf.mul(normed(middle), tf.add(1, m[3]!)), m[4]!);
  const down = tf.matMul(gelu(tf.matMul(h2, w[4]!)), w[5]!);
  return tf.add(middle, tf.mul(m[5]!, down));
}
await time("block", repeated(() => block(input, weights, mods)));
const gradients = tf.grads((...w) => tf.mean(tf.square(block(input, w, mods))));
await time("block with gradients", async () => {
  const all = gradients(weights);
  for (const y of all) await wait(y);
  tf.dispose(all);
});

const p = tf.variable(matrix(BLOCK_WEIGHTS / dim, dim));
const gradient = matrix(BLOCK_WEIGHTS / dim, dim);
const optimizer = tf.train.adam(1e-4);
await time("adam", async (times) => {
  for (let i = 0; i < times; i++) {
    optimizer.applyGradients({ [p.name]: gradient });
  }
  await wait(p);
}, { times: 5 });
Deno.exit(0);
