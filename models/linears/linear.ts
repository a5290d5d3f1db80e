import { type Epilogue, epilogue } from "../../autograd/linear_epilogue.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module, Parameter } from "../module.ts";
import { splitLinear } from "./split_linear.ts";

/** Anything that maps [..., inputs] to [..., outputs]: plain, quantised or packed. */
export abstract class LinearLayer extends Module {
  /** x [..., inputs] -> [..., outputs], and what is to follow the product. */
  abstract forward(x: Tensor, ends?: Epilogue): Tensor;
}

/** The layer and its epilogue; observers receive the layer's own result. */
export function forwardObserved(
  layer: { forward(x: Tensor, ends?: Epilogue): Tensor },
  x: Tensor,
  ends: Epilogue,
  observe?: (y: Tensor) => void,
): Tensor {
  if (!observe) return layer.forward(x, ends);
  const y = layer.forward(x);
  observe(y);
  return epilogue(y, ends);
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
  override forward(x: Tensor, ends?: Epilogue): Tensor {
    return splitLinear(x, this.weight, this.bias ?? undefined, ends);
  }
}
