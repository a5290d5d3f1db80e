import { add, mul } from "../../../autograd/binary.ts";
import { attention } from "../../../autograd/attention.ts";
import { linear } from "../../../autograd/linear.ts";
import { matmul } from "../../../autograd/matmul.ts";
import { modulate } from "../../../autograd/modulate.ts";
import { layerNorm, rmsNorm } from "../../../autograd/norm.ts";
import { reshape } from "../../../autograd/op.ts";
import { patchify, permute } from "../../../autograd/axes.ts";
import { rope } from "../../../autograd/rope.ts";
import { softmax } from "../../../autograd/softmax.ts";
import { sum } from "../../../autograd/reductions.ts";
import type { Tensor } from "../../../autograd/tensor.ts";
import { sincosTable } from "../../../models/sincos_table.ts";
import { timestepEmbedding } from "../../../models/timestep_embedding.ts";
import { compare } from "../compare.ts";
import { op, type Table, unary } from "./run_op.ts";

/** Products, norms, attention and what surrounds them. */
export const layers: Table = {
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
  sincos_pos_embed_3d: (c) => {
    const [width = 0, height = 0] = c.numbers("spatial_size_w_h") ?? [];
    const got = sincosTable({
      dim: c.number("embed_dim"),
      frames: c.number("temporal_size"),
      height,
      width,
      spatialScale: c.number("spatial_interpolation_scale"),
      temporalScale: c.number("temporal_interpolation_scale"),
    });
    const want = c.tensor("out.pos_embed").values;
    return Promise.resolve([compare("out.pos_embed", got, want, c.limit())]);
  },
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
