import { abs } from "../autograd/abs.ts";
import { add } from "../autograd/add.ts";
import { amax } from "../autograd/amax.ts";
import { amin } from "../autograd/amin.ts";
import { attention } from "../autograd/attention.ts";
import { chunk } from "../autograd/chunk.ts";
import { clamp } from "../autograd/clamp.ts";
import { concat } from "../autograd/concat.ts";
import { div } from "../autograd/div.ts";
import { embedding } from "../autograd/embedding.ts";
import { exp } from "../autograd/exp.ts";
import { expand } from "../autograd/expand.ts";
import { gelu } from "../autograd/gelu.ts";
import { linear } from "../autograd/linear.ts";
import { log } from "../autograd/log.ts";
import { matmul } from "../autograd/matmul.ts";
import { maximum } from "../autograd/maximum.ts";
import { mean } from "../autograd/mean.ts";
import { modulate } from "../autograd/modulate.ts";
import { mse } from "../autograd/mse.ts";
import { mul } from "../autograd/mul.ts";
import { layerNorm, rmsNorm } from "../autograd/norm.ts";
import { reshape } from "../autograd/op.ts";
import { padConstant } from "../autograd/pad_constant.ts";
import { patchify } from "../autograd/patchify.ts";
import { permute } from "../autograd/permute.ts";
import { pow } from "../autograd/pow.ts";
import { reciprocal } from "../autograd/reciprocal.ts";
import { relu } from "../autograd/relu.ts";
import { repeatInterleave } from "../autograd/repeat_interleave.ts";
import { rope } from "../autograd/rope.ts";
import { round } from "../autograd/round.ts";
import { rsqrt } from "../autograd/rsqrt.ts";
import { scale } from "../autograd/scale.ts";
import { select } from "../autograd/select.ts";
import { sigmoid } from "../autograd/sigmoid.ts";
import { silu } from "../autograd/silu.ts";
import { slice } from "../autograd/slice.ts";
import { softmax } from "../autograd/softmax.ts";
import { sqrt } from "../autograd/sqrt.ts";
import { square } from "../autograd/square.ts";
import { stack } from "../autograd/stack.ts";
import { sub } from "../autograd/sub.ts";
import { sum } from "../autograd/sum.ts";
import { tanh } from "../autograd/tanh.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { variance } from "../autograd/variance.ts";
import { weightedMse } from "../autograd/weighted_mse.ts";
import { where } from "../autograd/where.ts";
import { timestepEmbedding } from "../models/timestep_embedding.ts";
import { compare } from "./compare.ts";
import type { Runner } from "./kinds.ts";
import { type Op, runOp } from "./op_case.ts";

type Table = Readonly<Record<string, Runner>>;

const op = (f: Op): Runner => (c, gpu) => runOp(c, gpu, f);
const unary = (f: (x: Tensor) => Tensor): Runner => op((use) => f(use("x")));
const binary = (f: (a: Tensor, b: Tensor) => Tensor): Runner =>
  op((use) => f(use("a"), use("b")));

/** A reduction; whether the axes stay is seen from the recorded output. */
const reduction = (f: typeof sum): Runner =>
  op((use, c) => {
    const x = use("x");
    const keep = c.tensor("out.y").shape.length === x.shape.length;
    return f(x, c.numbers("dims"), { keep });
  });

const elementwise: Table = {
  abs: unary(abs),
  clamp: op((use, c) => clamp(use("x"), c.number("min"), c.number("max"))),
  exp: op((use, c) => {
    const [low = 0, high = 0] = c.numbers("clamp_input") ?? [];
    return exp(clamp(use("x"), low, high));
  }),
  gelu_erf: unary((x) => gelu(x, { exact: true })),
  gelu_tanh: unary((x) => gelu(x)),
  log: unary(log),
  pow: op((use, c) => pow(use("x"), c.number("exponent"))),
  reciprocal: unary(reciprocal),
  relu: unary(relu),
  round: unary(round),
  rsqrt: unary(rsqrt),
  sigmoid: unary(sigmoid),
  silu: unary(silu),
  sqrt: unary(sqrt),
  square: unary(square),
  tanh: unary(tanh),
  add: binary(add),
  div: binary(div),
  maximum: binary(maximum),
  mul: binary(mul),
  sub: binary(sub),
  where: op((use) => where(use("c"), use("a"), use("b"))),
  diamond: unary((x) => {
    const a = silu(x);
    return sum(add(a, mul(a, tanh(x))));
  }),
};

const reductions: Table = {
  amax: reduction(amax),
  amin: reduction(amin),
  mean: reduction(mean),
  sum: reduction(sum),
  var: reduction(variance),
  mse: binary(mse),
  weighted_mse: op((use) => {
    const weights = use("w");
    return weightedMse(use("p"), use("t"), reshape(weights, [weights.size]));
  }),
};

const shapes: Table = {
  chunk: op((use, c) => {
    const parts = chunk(use("x"), c.number("chunks"), c.number("dim"));
    return Object.fromEntries(parts.map((part, i) => [`y${i}`, part]));
  }),
  concat: op((use, c) =>
    concat([use("a"), use("b"), use("c")], c.number("dim"))
  ),
  embedding: op((use) => embedding(use("table"), use("ids"))),
  expand: op((use, c) =>
    scale(expand(use("x"), c.numbers("to") ?? []), c.number("times"))
  ),
  pad_constant: op((use, c) => {
    const x = use("x");
    const pad = c.numbers("pad") ?? []; // before and after, the last axis first
    return padConstant(
      x,
      x.shape.map((_, i) => {
        const at = 2 * (x.shape.length - 1 - i);
        return [pad[at] ?? 0, pad[at + 1] ?? 0];
      }),
    );
  }),
  permute: op((use, c) => {
    const { config } = c;
    const y = permute(use("x"), c.numbers("perm") ?? []);
    const shaped = config.reshape ? reshape(y, c.numbers("reshape") ?? []) : y;
    return config.times ? scale(shaped, c.number("times")) : shaped;
  }),
  repeat_interleave: op((use, c) =>
    repeatInterleave(use("x"), c.number("repeats"), c.number("dim"))
  ),
  select: op((use, c) =>
    indices(c.text("index")).reduceRight(
      (x, text, axis) => text === ":" ? x : select(x, axis, Number(text)),
      use("x"),
    )
  ),
  slice: op((use, c) =>
    slice(
      use("x"),
      indices(c.text("slices")).map((text) => {
        const [start, stop, step] = text.split(":").map((part) =>
          part === "" ? undefined : Number(part)
        );
        return [start, stop, step];
      }),
    )
  ),
  stack: op((use, c) => stack([use("a"), use("b")], c.number("dim"))),
};

/** `[:, 1:6:2]` to `:` and `1:6:2`. */
function indices(text: string): string[] {
  return text.replace(/^\[|\]$/g, "").split(",").map((part) => part.trim());
}

const layers: Table = {
  attention: op((use, c) => {
    const given = (name: string) =>
      c.tensors.has(`in.${name}`) ? use(name) : undefined;
    // Recorded as [B, H, L, Dh].
    const turned = (x: Tensor) => permute(x, [0, 2, 1, 3]);
    const mask = given("mask");
    const y = attention(turned(use("q")), turned(use("k")), turned(use("v")), {
      ...(c.config.scale !== undefined && { scale: c.number("scale") }),
      keyMask: mask && reshape(mask, [mask.dim(0), mask.dim(-1)]),
      bias: given("bias"),
    });
    return turned(y);
  }),
  layer_norm: op((use, c) =>
    layerNorm(use("x"), {
      eps: c.number("eps"),
      ...(c.tensors.has("in.w") && { weight: use("w"), bias: use("b") }),
    })
  ),
  linear: op((use, c) =>
    linear(use("x"), use("w"), c.tensors.has("in.b") ? use("b") : undefined)
  ),
  matmul: op((use) => matmul(use("A"), use("B"))),
  modulate: op((use) => {
    const perSample = (x: Tensor) => reshape(x, [x.dim(0), x.dim(2)]);
    return modulate(use("x"), perSample(use("t")), perSample(use("s")));
  }),
  patchify: op((use, c) => {
    const patches = patchify(use("x"), c.numbers("patch_size") ?? []);
    const w = use("w");
    return linear(patches, reshape(w, [w.dim(0), patches.dim(2)]), use("b"));
  }),
  reused_input: op((use) => {
    const x = use("x");
    return mul(add(matmul(x, use("w")), x), sum(x));
  }),
  rms_norm: op((use, c) =>
    rmsNorm(use("x"), { weight: use("w"), eps: c.number("eps") })
  ),
  rope: op((use) => {
    const [x, cos, sin] = [use("x"), use("cos"), use("sin")];
    if (cos.shape.length > 2) return rope(x, cos, sin); // Wan: [B, L, H, Dh]
    const turned = (t: Tensor) => permute(t, [0, 2, 1, 3]);
    return turned(rope(turned(x), cos, sin));
  }),
  softmax: unary(softmax),
  timestep_embedding: (c) => {
    const got = timestepEmbedding(c.tensor("in.timesteps").values, {
      dim: c.number("dim"),
      flipSinToCos: c.config.flip_sin_to_cos === true,
      downscaleFreqShift: c.number("downscale_freq_shift"),
      maxPeriod: c.number("max_period"),
    });
    return Promise.resolve([
      compare("out.emb", got, c.tensor("out.emb").values, c.limit()),
    ]);
  },
};

/** Every operator of the autograd, by its name in the cases. */
export const ops: Table = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...layers,
};
