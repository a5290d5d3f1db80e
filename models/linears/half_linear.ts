import type { Epilogue } from "../../autograd/linear_epilogue.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { type Linear, LinearLayer } from "./linear.ts";
import { Parameter } from "../module.ts";
import { splitLinear } from "./split_linear.ts";

/** A linear whose weight is kept as f16 and widened where it is read; it takes no gradient. */
export class HalfLinear extends LinearLayer {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor({ inputs, outputs, bias }: Linear) {
    super();
    this.weight = new Parameter([outputs, inputs], "weight", "f16");
    this.bias = bias ? new Parameter([outputs]) : null;
  }

  override forward(x: Tensor, ends?: Epilogue): Tensor {
    return splitLinear(x, this.weight, this.bias ?? undefined, ends);
  }
}
