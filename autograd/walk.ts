import type { Params } from "../gpu/kernel.ts";
import type { Constants } from "../gpu/specialize.ts";
import { stream } from "../kernels/lib/walks.ts";
import { joined } from "./shapes.ts";
import { type Shape, sizeOf, type Tensor } from "./tensor.ts";

/** Where a tensor is walked: from element `start` on, by one stride an axis. */
export interface Path {
  readonly tensor: Tensor;
  readonly strides: readonly number[];
  readonly start?: number;
}

/** How a kernel walks two tensors over one index space. */
export interface Walk {
  /** Elements an item: 4 where both tensors and all strides allow vectors, else 1. */
  readonly unit: 1 | 4;
  readonly groups: readonly [number, number];
  readonly params: Params;
  readonly constants: Constants;
}

const MOST = 8; // axes that the kernels take

/** Prepares a walk; axes that both paths see as one are joined. */
export function walk(
  op: string,
  shape: Shape,
  first: Path,
  second: Path,
): Walk {
  const paths = [first, second];
  const along = joined({ shape, strides: paths.map((path) => path.strides) });
  const rank = along.shape.length;
  if (rank > MOST) {
    throw new RangeError(
      `Cannot apply ${op}: [${first.tensor.shape}] and [${second.tensor.shape}] walk ${rank} axes, at most ${MOST} are accepted`,
    );
  }
  const n = along.shape.toReversed(); // innermost first, as the kernels have it
  const strides = along.strides.map((path) => path.toReversed());
  const inUnits = [
    n[0]!,
    ...strides.flatMap((path) => path.slice(1)),
    ...paths.flatMap(({ tensor, start = 0 }) => [tensor.size, start]),
  ];
  const wide = strides.every((path) => path[0] === 1) &&
    inUnits.every((v) => v % 4 === 0);
  const unit = wide ? 4 : 1;
  const [s, t] = strides.map(([inner = 1, ...outer]) => [
    inner,
    ...outer.map((v) => v / unit),
  ]);
  const count = sizeOf(shape) / unit;
  const { groups, constants } = stream(count);
  return {
    unit,
    groups,
    params: {
      count,
      ...axes("n", [n[0]! / unit, ...n.slice(1)]),
      ...axes("s", s!),
      ...axes("t", t!),
    },
    constants: { RANK: rank, ...constants },
  };
}

/** One number an axis as the kernels take it: two vectors. */
function axes(name: string, values: readonly number[]): Params {
  const padded = Array.from({ length: MOST }, (_, i) => values[i] ?? 0);
  return {
    [`${name}_low`]: padded.slice(0, 4),
    [`${name}_high`]: padded.slice(4),
  };
}
