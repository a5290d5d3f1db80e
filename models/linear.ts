import type { Tensor } from "../autograd/tensor.ts";
import { Module, Parameter } from "./module.ts";
import { splitLinear } from "./split_linear.ts";

/** Anything that maps [..., inputs] to [..., outputs]: plain, quantised or packed. */
export abstract class LinearLayer extends Module {
  /** x [..., inputs] -> [..., outputs]. */
  abstract forward(x: Tensor): Tensor;
}

/** y = x W^T + b, named as torch names it. */
export class Linear extends LinearLayer {
  /** W, [outputs, inputs]. */
  readonly weight: Parameter;
  /** b, [outputs], or null. */
  readonly bias: Parameter | null;

  /** A linear of these sizes, without values. */
  constructor(readonly inputs: number, readonly outputs: number, bias = true) {
    super();
    this.weight = new Parameter([outputs, inputs]);
    this.bias = bias ? new Parameter([outputs]) : null;
  }

  /** x [..., inputs] -> [..., outputs]. */
  override forward(x: Tensor): Tensor {
    return splitLinear(x, this.weight, this.bias ?? undefined);
  }
}
