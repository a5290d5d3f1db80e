import { linear } from "../autograd/linear.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { Module, Parameter } from "./module.ts";

/** Anything that maps [..., inputs] to [..., outputs]: plain, quantised or packed. */
export abstract class LinearLayer extends Module {
  abstract forward(x: Tensor): Tensor;
}

/** y = x W^T + b, named as torch names it. */
export class Linear extends LinearLayer {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(readonly inputs: number, readonly outputs: number, bias = true) {
    super();
    this.weight = new Parameter([outputs, inputs]);
    this.bias = bias ? new Parameter([outputs]) : null;
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias ?? undefined);
  }
}
