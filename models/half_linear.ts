import { linear } from "../autograd/linear.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { type Linear, LinearLayer } from "./linear.ts";
import { Parameter } from "./module.ts";

/** A linear whose weight is kept as f16 and widened where it is read; it takes no gradient. */
export class HalfLinear extends LinearLayer {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor({ inputs, outputs, bias }: Linear) {
    super();
    this.weight = new Parameter([outputs, inputs], "weight", "f16");
    this.bias = bias ? new Parameter([outputs]) : null;
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias ?? undefined);
  }
}
