import type { Tensor } from "../autograd/tensor.ts";
import { Linear, type LinearLayer } from "./linear.ts";
import { Module } from "./module.ts";

/** Linear, activation, linear: how networks take in timesteps and text. */
export class TwoLinears extends Module {
  readonly linear_1: LinearLayer;
  readonly linear_2: LinearLayer;

  constructor(
    inputs: number,
    dim: number,
    readonly act: (x: Tensor) => Tensor,
  ) {
    super();
    this.linear_1 = new Linear(inputs, dim);
    this.linear_2 = new Linear(dim, dim);
  }

  /** x [..., inputs] -> [..., dim]. */
  forward(x: Tensor): Tensor {
    return this.linear_2.forward(this.act(this.linear_1.forward(x)));
  }
}
