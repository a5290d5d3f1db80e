import { gelu } from "../autograd/unary.ts";
import type { Epilogue } from "../autograd/linear_epilogue.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { Linear, type LinearLayer } from "./linears/linear.ts";
import { Module } from "./module.ts";

class GeluProjection extends Module {
  readonly proj: LinearLayer;

  constructor(inputs: number, outputs: number, readonly exact: boolean) {
    super();
    this.proj = new Linear(inputs, outputs);
  }

  forward(x: Tensor): Tensor {
    if (this.exact) return gelu(this.proj.forward(x), { exact: true });
    return this.proj.forward(x, { activation: "gelu" });
  }
}

/** Linear, GELU (of tanh, or `exact`), linear, with diffusers' names: `net.0.proj` and `net.2`. */
export class FeedForward extends Module {
  readonly net: readonly [GeluProjection, null, LinearLayer];

  constructor(dim: number, inner: number, exact = false) {
    super();
    const up = new GeluProjection(dim, inner, exact);
    this.net = [up, null, new Linear(inner, dim)];
  }

  /** x [..., dim] -> [..., dim], and what is to follow the last product. */
  forward(x: Tensor, ends?: Epilogue): Tensor {
    const [up, , down] = this.net;
    return down.forward(up.forward(x), ends);
  }
}
