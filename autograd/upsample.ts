import { expand } from "./expand.ts";
import { reshape } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/** Nearest upsampling of x [..., C]: the axes before the last repeat each element `factors` times. */
export function upsampleNearest(
  x: Tensor,
  factors: readonly number[],
): Tensor {
  const outer = x.shape.slice(0, -1);
  if (
    factors.length !== outer.length ||
    !factors.every((n) => Number.isInteger(n) && n > 0)
  ) {
    throw new RangeError(
      `Cannot upsample [${x.shape}]: it takes one whole factor for each axis but the last, found [${factors}]`,
    );
  }
  const C = x.dim(-1);
  const spread = reshape(x, [...outer.flatMap((n) => [n, 1]), C]);
  const all = expand(spread, [...outer.flatMap((n, i) => [n, factors[i]!]), C]);
  return reshape(all, [...outer.map((n, i) => n * factors[i]!), C]);
}
