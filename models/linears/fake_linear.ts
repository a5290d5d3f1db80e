import { fakeQuantActivation } from "../../autograd/fake_quant_activation.ts";
import { linear } from "../../autograd/linear.ts";
import type { Epilogue } from "../../autograd/linear_epilogue.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { LinearLayer } from "./linear.ts";
import type { PackedLinear } from "./packed_linear.ts";

/**
 * A packed linear run on floats: its codes are dequantised once, in the plan
 * under whose recording this is made. Shares bias and ranges with it.
 */
export class FakeLinear extends LinearLayer {
  readonly weight: Tensor;
  readonly #packed: PackedLinear;

  constructor(packed: PackedLinear) {
    super();
    this.weight = packed.emitWeight().keep();
    this.#packed = packed;
  }

  override *derived(): Iterable<Tensor> {
    const { qweight, scale, zero, bias, clip_upper, clip_lower } = this.#packed;
    yield this.weight;
    for (const t of [qweight, scale, zero, bias, clip_upper, clip_lower]) {
      if (t) yield t;
    }
  }

  override forward(x: Tensor, ends?: Epilogue): Tensor {
    const { activations, bias } = this.#packed;
    const quantised = fakeQuantActivation(x, activations);
    return linear(quantised, this.weight, bias ?? undefined, ends);
  }
}
