import type { Epilogue } from "../../autograd/linear_epilogue.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Linear, type LinearLayer } from "./linear.ts";
import { Module } from "../module.ts";

/** Linear, activation, linear: how networks take in timesteps and text. */
export class TwoLinears extends Module {
  readonly linear_1: LinearLayer;
  readonly linear_2: LinearLayer;

  constructor(
    inputs: number,
    dim: number,
    readonly activation: "gelu" | "silu",
  ) {
    super();
    this.linear_1 = new Linear(inputs, dim);
    this.linear_2 = new Linear(dim, dim);
  }

  /** x [..., inputs] -> [..., dim], and what is to follow the second product. */
  forward(x: Tensor, ends?: Epilogue): Tensor {
    const { activation } = this;
    return this.linear_2.forward(
      this.linear_1.forward(x, { activation }),
      ends,
    );
  }
}
