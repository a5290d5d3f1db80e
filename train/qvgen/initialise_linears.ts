import { concat, select } from "../../autograd/slices.ts";
import { fakeQuantWeight } from "../../autograd/fake_quant_weight.ts";
import { reshape } from "../../autograd/op.ts";
import { sub } from "../../autograd/binary.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { weightRange } from "../../autograd/weight_range.ts";
import type { Gpu } from "../../gpu/device.ts";
import { emit, spread } from "../../gpu/emit.ts";
import { record } from "../../gpu/record.ts";
import { copy } from "../../kernels/arena.ts";
import { balancedFactors } from "../../autograd/linalg/low_rank.ts";
import type { Parameter } from "../../models/module.ts";
import { FIRST_RANGE_LOGIT } from "../../models/quant/context.ts";
import type { QuantLinear } from "../../models/linears/quant_linear.ts";

const MOST_BYTES = 2 ** 26; // of the weights that are decomposed together

/**
 * Initialises what QVGen adds to the weights of quantised linears: ranges,
 * scales, zero points and Phi, layers of one shape together.
 */
export async function initialiseLinears(
  gpu: Gpu,
  linears: Iterable<QuantLinear>,
): Promise<void> {
  const shapes = Map.groupBy(
    linears,
    ({ w, rank, bits }) => [w.shape, rank, bits.weights].join(),
  );
  for (const alike of shapes.values()) {
    const limit = Math.min(MOST_BYTES, gpu.traits.maxBindingBytes);
    const most = Math.max(1, Math.floor(limit / alike[0]!.w.storage.bytes));
    for (let from = 0; from < alike.length; from += most) {
      await initialiseAlike(gpu, alike.slice(from, from + most));
    }
  }
}

async function initialiseAlike(
  gpu: Gpu,
  linears: readonly QuantLinear[],
): Promise<void> {
  for (const { aquantizer: { upper, lower } } of linears) {
    for (const logits of [upper, lower]) {
      logits.write(gpu, new Float32Array(logits.size).fill(FIRST_RANGE_LOGIT));
    }
  }
  using plan = await record(gpu, () => {
    const residuals = linears.map(quantised);
    const [{ rank }] = linears as [QuantLinear];
    if (rank === 0) return;
    const all = residuals.length > 1 ? concat(residuals, 0) : residuals[0]!;
    const factors = balancedFactors(all, rank);
    linears.forEach(({ wquantizer: { L, R } }, b) => {
      if (L) copyInto(L, select(factors.L, 0, b));
      if (R) copyInto(R, select(factors.R, 0, b));
    });
  });
  await plan.runInParts();
}

/** Sets the scale and zero point of a linear; W - Q(W) [1, n, m]. */
function quantised({ w, wquantizer, bits: { weights } }: QuantLinear): Tensor {
  const first = weightRange(w, { bits: weights, range: "mse" });
  copyInto(wquantizer.scale, first.scale);
  copyInto(wquantizer.zero_point, first.zero);
  const q = fakeQuantWeight(w, { ...first, bits: weights });
  return reshape(sub(w, q), [1, ...w.shape]);
}

function copyInto(y: Parameter, x: Tensor): void {
  emit(copy, { x, y }, spread(y.size, 1024));
}
