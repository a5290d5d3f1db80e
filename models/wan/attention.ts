import {
  attention,
  type AttentionPrecision,
} from "../../autograd/attention.ts";
import type { Epilogue } from "../../autograd/linear_epilogue.ts";
import { rmsNormRope } from "../../autograd/norm_rope.ts";
import { reshape } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import {
  forwardObserved,
  Linear,
  type LinearLayer,
} from "../linears/linear.ts";
import { Module } from "../module.ts";
import { RmsNorm } from "../norm.ts";
import { forwardAll } from "../packed/forward_all.ts";
import type { RopeTables } from "../video_transformer.ts";

/** How `WanAttention` runs. */
export interface WanAttentionOptions {
  readonly precision: AttentionPrecision;
  /** Turn queries and keys by their positions. */
  readonly tables?: RopeTables;
  /** Follows the last product. */
  readonly ends?: Epilogue;
  /** Sees the result before that. */
  readonly observe?: ((y: Tensor) => void) | undefined;
}

/** Self or cross attention of Wan; q and k are normalised over all heads at once. */
export class WanAttention extends Module {
  readonly to_q: LinearLayer;
  readonly to_k: LinearLayer;
  readonly to_v: LinearLayer;
  readonly to_out: readonly [LinearLayer];
  readonly norm_q: RmsNorm;
  readonly norm_k: RmsNorm;

  constructor(dim: number, readonly heads: number, eps: number) {
    super();
    this.to_q = new Linear(dim, dim);
    this.to_k = new Linear(dim, dim);
    this.to_v = new Linear(dim, dim);
    this.to_out = [new Linear(dim, dim)];
    this.norm_q = new RmsNorm(dim, eps);
    this.norm_k = new RmsNorm(dim, eps);
  }

  /** x [B, L, D], context [B, M, D] -> [B, L, D], and what is to follow the last product. */
  forward(
    x: Tensor,
    context: Tensor,
    { precision, tables, ends = {}, observe }: WanAttentionOptions,
  ): Tensor {
    const split = (t: Tensor) =>
      reshape(t, [t.dim(0), t.dim(1), this.heads, t.dim(2) / this.heads]);
    const normal = (t: Tensor, norm: RmsNorm) => {
      if (!tables) return split(norm.forward(t));
      const { heads } = this;
      const { cos, sin } = tables;
      return rmsNormRope(t, norm.weight, cos, sin, { eps: norm.eps, heads });
    };
    const { to_q, to_k, to_v } = this;
    const [Q, K, V] = x === context
      ? forwardAll(x, [to_q, to_k, to_v])
      : [to_q.forward(x), ...forwardAll(context, [to_k, to_v])];
    const q = normal(Q, this.norm_q);
    const k = normal(K, this.norm_k);
    const v = split(V);
    const y = attention(q, k, v, { precision });
    return forwardObserved(
      this.to_out[0],
      reshape(y, x.shape),
      ends,
      observe,
    );
  }
}
