import { channelRmsNorm } from "../../../autograd/norm.ts";
import { conv2d } from "../../../autograd/conv2d.ts";
import { causalConv3d, conv3d, type Pad } from "../../../autograd/conv3d.ts";
import { groupNorm } from "../../../autograd/group_norm.ts";
import { permute, upsampleNearest } from "../../../autograd/axes.ts";
import type { Tensor } from "../../../autograd/tensor.ts";
import type { Case } from "../case.ts";
import { op, type Table } from "./run_op.ts";

/** What video autoencoders are made of; recorded with channels before space. */
export const convolutions: Table = {
  channel_rms_norm: op((use) =>
    before(channelRmsNorm(behind(use("x")), use("gamma")))
  ),
  conv2d: op((use, c) => {
    const [x, w] = [behind(use("x")), behind(use("w"))];
    const n = c.config.stride === undefined ? 1 : c.number("stride");
    return before(
      conv2d(x, w, use("b"), { stride: [n, n], pad: padding(c) }),
    );
  }),
  conv3d_causal_repeat: op((use, c) => {
    const around = (c.number("kernel") - 1) / 2;
    const y = causalConv3d(
      behind(use("x")),
      behind(use("w")),
      use("b"),
      "first frame",
      { pad: [[around, around], [around, around]] },
    );
    return before(y);
  }),
  conv3d_causal_zero: op((use, c) => {
    const [w0 = 0, w1 = 0, h0 = 0, h1 = 0, t0 = 0, t1 = 0] =
      c.numbers("pad_w_w_h_h_t_t") ?? [];
    const [t = 1, h = 1, w = 1] = c.numbers("stride") ?? [];
    const y = conv3d(behind(use("x")), behind(use("w")), use("b"), {
      stride: [t, h, w],
      pad: [[t0, t1], [h0, h1], [w0, w1]],
    });
    return before(y);
  }),
  group_norm: op((use, c) =>
    before(
      groupNorm(behind(use("x")), {
        groups: c.number("groups"),
        eps: c.number("eps"),
        weight: use("w"),
        bias: use("b"),
      }),
    )
  ),
  upsample_nearest: op((use, c) => {
    const n = c.number("scale");
    return before(upsampleNearest(behind(use("x")), [1, n, n]));
  }),
};

/** Channels from the second axis to the last. */
function behind(x: Tensor): Tensor {
  const [first, , ...space] = x.shape.keys();
  return permute(x, [first!, ...space, 1]);
}

/** Channels from the last axis to the second. */
function before(x: Tensor): Tensor {
  const [first, ...rest] = x.shape.keys();
  return permute(x, [first!, rest.at(-1)!, ...rest.slice(0, -1)]);
}

/** The zeros around an image: on each side on its own, or the same everywhere. */
function padding(c: Case): [Pad, Pad] {
  if (c.config.padding !== undefined) {
    const n = c.number("padding");
    return [[n, n], [n, n]];
  }
  const [l = 0, r = 0, t = 0, b = 0] = c.numbers("pad_l_r_t_b") ?? [];
  return [[t, b], [l, r]];
}
