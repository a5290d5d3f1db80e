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

/** What this file uses of jax-js; every use of an array consumes it, `ref` keeps it. */
interface JaxArray {
  readonly ref: JaxArray;
  add(x: JaxArray | number): JaxArray;
  sub(x: JaxArray | number): JaxArray;
  mul(x: JaxArray | number): JaxArray;
  div(x: JaxArray | number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  data(): Promise<unknown>;
  dispose(): void;
}
type Fn = (...xs: JaxArray[]) => JaxArray;
interface Jax {
  init(backend: string): Promise<unknown>;
  defaultDevice(backend: string): void;
  jit<F>(f: F): F;
  grad<A extends readonly unknown[]>(
    f: (w: JaxArray[], ...rest: A) => JaxArray,
  ): (w: JaxArray[], ...rest: A) => JaxArray[];
  blockUntilReady(x: JaxArray | JaxArray[]): Promise<unknown>;
  numpy: {
    array(x: Float32Array): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(a: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    mean(x: JaxArray, axis?: number, options?: { keepdims: boolean }): JaxArray;
  };
  nn: {
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray): JaxArray;
    standardize(x: JaxArray, axis: number): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
  };
}

const module = "npm:@jax-js/jax@0.1.25";
const jax = await import(module) as Jax;
const { numpy: np, nn, jit, grad } = jax;
await jax.init("webgpu");
jax.defaultDevice("webgpu");

function array(shape: readonly number[], spread = 1): JaxArray {
  const size = shape.reduce((a, b) => a * b);
  return np.array(values(size, spread)).reshape(shape);
}

function refs(xs: readonly JaxArray[]): JaxArray[] {
  return xs.map((x) => x.ref);
}

/** Calls a function over and over on the same arrays. */
function repeated(f: Fn, ...xs: JaxArray[]) {
  const fast = jit(f);
  return async (times: number) => {
    // All stay alive until the end: what is disposed of early may never run.
    const all = Array.from({ length: times }, () => fast(...refs(xs)));
    await jax.blockUntilReady(refs(all));
    for (const y of all) y.dispose();
  };
}

const nt: Fn = (x, w) => np.matmul(x!, np.matrixTranspose(w!));
const cube = () => array([CUBE, CUBE]);
await nt(cube(), cube()).data();
coldStart();

const { rows, inputs, outputs } = LINEAR;
await time(
  "linear",
  repeated(nt, array([rows, inputs]), array([outputs, inputs])),
);

const { heads, width, tokens } = ATTENTION;
const head = () => array([tokens, heads, width]);
await time(
  "attention",
  repeated(
    (q, k, v) => nn.dotProductAttention(q!, k!, v!),
    head(),
    head(),
    head(),
  ),
);

const x = array([ROWS.rows, ROWS.columns]);
const g = array([ROWS.columns]);
const rowOps: [string, Fn][] = [
  ["layer norm", (x, g) => nn.standardize(x!, -1).mul(g!)],
  ["rms norm", (x, g) => {
    const square = np.mean(np.square(x!.ref), -1, { keepdims: true });
    return x!.div(np.sqrt(square.add(1e-6))).mul(g!);
  }],
  ["softmax", (x) => nn.softmax(x!, -1)],
  ["gelu", (x) => nn.gelu(x!, { approximate: true })],
];
for (const [op, f] of rowOps) {
  const args = f.length > 1 ? [x, g] : [x];
  await time(op, repeated(f, ...args), { times: REPEATS });
}

const { dim, ffn } = BLOCK;
const weights = [[dim, dim], [dim, dim], [dim, dim], [dim, dim], [dim, ffn], [
  ffn,
  dim,
]].map((shape) => array(shape, 0.05));
const mods = Array.from({ length: 6 }, () => array([dim], 0.1));
const input = array([BLOCK.tokens, dim]);

function block(w: JaxArray[], x: JaxArray, m: JaxArray[]): JaxArray {
  const split = (z: JaxArray) =>
    z.reshape([BLOCK.tokens, BLOCK.heads, dim / BLOCK.heads]);
  const normed = nn.standardize(x.ref, -1).mul(m[0]!.add(1)).add(m[1]!);
  const [q, k] = [w[0]!, w[1]!].map((z) => split(np.matmul(normed.ref, z)));
  const v = split(np.matmul(normed, w[2]!));
  const attended = nn.dotProductAttention(q!, k!, v)
    .reshape([BLOCK.tokens, dim]);
  const middle = x.add(np.matmul(attended, w[3]!).mul(m[2]!));
  const h = nn.standardize(middle.ref, -1).mul(m[3]!.add(1)).add(m[4]!);
  const up = nn.gelu(np.matmul(h, w[4]!), { approximate: true });
  return middle.add(np.matmul(up, w[5]!).mul(m[5]!));
}

const forward = jit(block);
const backward = jit(
  grad((w: JaxArray[], x: JaxArray, m: JaxArray[]) =>
    np.mean(np.square(block(w, x, m)))
  ),
);
await time("block", async () => {
  const y = forward(refs(weights), input.ref, refs(mods));
  await jax.blockUntilReady(y.ref);
  y.dispose();
});
await time("block with gradients", async () => {
  const all = backward(refs(weights), input.ref, refs(mods));
  await jax.blockUntilReady(refs(all));
  for (const y of all) y.dispose();
});

let [p, m, v] = [
  array([BLOCK_WEIGHTS]),
  np.zeros([BLOCK_WEIGHTS]),
  np.zeros([
    BLOCK_WEIGHTS,
  ]),
];
const gradient = array([BLOCK_WEIGHTS]);
const adam = jit((p: JaxArray, m: JaxArray, v: JaxArray, g: JaxArray) => {
  const m2 = m.mul(0.9).add(g.ref.mul(0.1));
  const v2 = v.mul(0.95).add(np.square(g).mul(0.05));
  const step = m2.ref.mul(1e-4).div(np.sqrt(v2.ref).add(1e-8));
  return [p.sub(step), m2, v2] as [JaxArray, JaxArray, JaxArray];
});
await time("adam", async (times) => {
  for (let i = 0; i < times; i++) [p, m, v] = adam(p, m, v, gradient.ref);
  await jax.blockUntilReady([p.ref, m.ref, v.ref]);
}, { times: 5 });
Deno.exit(0);
