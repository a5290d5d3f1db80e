import type { Shape, Tensor } from "./tensor.ts";

/** Throws a TypeError unless all tensors hold f32. */
export function requireF32(op: string, ...tensors: readonly Tensor[]): void {
  for (const { dtype, shape } of tensors) {
    if (dtype !== "f32") {
      throw new TypeError(
        `Cannot apply ${op}: it takes f32 tensors, found ${dtype} [${shape}]`,
      );
    }
  }
}

/** `axis` counted from the start; negative ones count from the end. */
export function axisOf(op: string, shape: Shape, axis: number): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new RangeError(
      `Cannot apply ${op}: [${shape}] has no axis ${axis}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** The distance in elements between neighbours along each axis. */
export function rowMajor(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) {
    strides[i] = strides[i + 1]! * shape[i + 1]!;
  }
  return strides;
}

/** The shape that all shapes stretch to, aligned at the last axis. */
export function broadcastShape(op: string, ...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const lengths = shapes.map((s) => s.at(i - rank) ?? 1);
    const n = lengths.find((length) => length !== 1) ?? 1;
    if (!lengths.every((length) => length === n || length === 1)) {
      throw new RangeError(
        `Cannot apply ${op}: ${
          shapes.map((s) => `[${s}]`).join(" and ")
        } do not broadcast`,
      );
    }
    return n;
  });
}

/** Strides that read a tensor of `shape` as if it were stretched to `to`. */
export function stretched(shape: Shape, to: Shape): number[] {
  const strides = rowMajor(shape);
  const lead = to.length - shape.length;
  return to.map((_, i) =>
    i < lead || shape[i - lead] === 1 ? 0 : strides[i - lead]!
  );
}

/** An index space and the strides by which several arrays are walked in it. */
export interface Axes {
  readonly shape: Shape;
  readonly strides: readonly (readonly number[])[];
}

/**
 * The same walk along fewer axes: those of length 1 are left out, neighbours
 * that every array walks as one are joined. At least one axis stays.
 */
export function joined({ shape, strides }: Axes): Axes {
  const lengths: number[] = [];
  const steps = strides.map((): number[] => []);
  for (const [i, n] of shape.entries()) {
    if (n === 1) continue;
    const last = lengths.length - 1;
    const along = steps.every((s, k) =>
      last >= 0 && s[last] === strides[k]![i]! * n
    );
    if (along) lengths[last] = lengths[last]! * n;
    else lengths.push(n);
    steps.forEach((s, k) => s[along ? last : last + 1] = strides[k]![i]!);
  }
  if (lengths.length > 0) return { shape: lengths, strides: steps };
  return { shape: [1], strides: strides.map(() => [1]) };
}
