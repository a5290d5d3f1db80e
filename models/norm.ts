import { layerNorm, rmsNorm } from "../autograd/norm.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { Module, Parameter } from "./module.ts";

/** LayerNorm over the last axis; not `affine`, it has no parameters. */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(dim: number, readonly eps: number, affine = true) {
    super();
    this.weight = affine ? new Parameter([dim]) : null;
    this.bias = affine ? new Parameter([dim]) : null;
  }

  /** x [..., dim] -> [..., dim]. */
  forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return layerNorm(x, { ...(weight && bias && { weight, bias }), eps });
  }
}

/** RMSNorm over the last axis. */
export class RmsNorm extends Module {
  readonly weight: Parameter;

  constructor(dim: number, readonly eps: number) {
    super();
    this.weight = new Parameter([dim]);
  }

  /** x [..., dim] -> [..., dim]. */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, { weight: this.weight, eps: this.eps });
  }
}
