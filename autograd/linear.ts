import { emitEither } from "../gpu/emit.ts";
import { type Epilogue, epilogue, fits } from "./linear_epilogue.ts";
import { detach, differentiable, reshape } from "./op.ts";
import { aligned, product, resized, summed, widened } from "./product.ts";
import { requireF32 } from "./shapes.ts";
import type { Tensor } from "./tensor.ts";

/** What follows the product of a linear layer. */
export interface LinearOptions extends Epilogue {
  /** How y is stored; an f16 y takes N in multiples of 4 and passes no gradient. */
  readonly dtype?: "f16" | "f32";
}

/**
 * y = x W^T + b: x [..., K], weight [N, K], bias [N] -> [..., N]; with options
 * y = residual + gate activation(x W^T + b), in the same dispatch unless a
 * gradient that is asked for needs what comes between.
 * An f16 weight is widened as it is read, and takes no gradient.
 *
 * @example
 * ```ts
 * import { fromArray, linear, openGpu, record } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
 * const weight = fromArray(gpu, [1, 4], [1, 0, 0, 1]);
 * const residual = fromArray(gpu, [2, 1], [100, 200]);
 * using plan = await record(
 *   gpu,
 *   () => linear(x, weight, undefined, { residual }).keep(),
 * );
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [105, 213]
 * ```
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: LinearOptions = {},
): Tensor {
  const [N, K] = [weight.dim(0), weight.dim(1)];
  check(x, weight, bias);
  const shape = [...x.shape.slice(0, -1), N];
  fits(shape, options);
  const { activation, gate, residual, dtype } = options;
  const M = x.size / K;
  const [N4, K4] = [aligned(N), aligned(K)];
  if (N4 > N && dtype === "f16") {
    throw new RangeError(
      `Cannot apply linear: an f16 result takes columns in multiples of 4, found ${N}`,
    );
  }
  const ends = activation || gate || residual;
  if (N4 > N && ends) return epilogue(linear(x, weight, bias), options);
  const half = weight.dtype === "f16";
  const x2 = resized(reshape(x, [M, K]), M, K4);
  // Halves are read eight at a time.
  const W = resized(K % 8 ? widened(weight) : weight, N4, K4);
  const b = bias && resized(reshape(bias, [1, N]), 1, N4);
  const fused = { bias: b, activation, gate, residual, dtype };
  if (dtype !== "f16" && (activation || gate)) {
    // Gradients read what goes into activation and gate, and a second result
    // of the product would cost more than a pass over the first.
    return emitEither(
      () => epilogue(linear(x, weight, bias), options),
      (into) => product(x2, W, { ...fused, into }),
    );
  }
  const y = reshape(resized(product(x2, W, fused), M, N), shape);
  if (dtype === "f16") return detach(y);
  const inputs = [x, weight, bias, residual].filter((t) => t !== undefined);
  return differentiable(y, inputs, (dy, take) => {
    const dy2 = resized(reshape(dy, [M, N]), M, N4);
    const before = (i: number) => K4 === K && N4 === N ? take(i) : undefined;
    const ofX = { turned: true, residual: before(0) };
    const dx = resized(product(dy2, widened(W), ofX), M, K);
    const ofW = { outer: true, residual: half ? undefined : before(1) };
    const dW = half ? undefined : resized(product(dy2, x2, ofW), N, K);
    const db = bias && reshape(resized(summed(dy2, 0), 1, N), bias.shape);
    return [
      reshape(dx, x.shape),
      dW,
      ...(bias ? [db] : []),
      ...(residual ? [reshape(dy, residual.shape)] : []),
    ];
  });
}

function check(x: Tensor, weight: Tensor, bias?: Tensor): void {
  requireF32("linear", x);
  const [N, K] = [weight.dim(0), weight.dim(1)];
  if (weight.shape.length !== 2 || x.dim(-1) !== K) {
    throw new RangeError(
      `Cannot apply linear: x [${x.shape}] has ${
        x.dim(-1)
      } columns, weight [${weight.shape}] takes ${K}`,
    );
  }
  if (bias && bias.size !== N) {
    throw new RangeError(
      `Cannot apply linear: bias [${bias.shape}] does not fit weight [${weight.shape}]`,
    );
  }
}
