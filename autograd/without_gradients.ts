let tracing = true;

/** Whether a gradient may be asked for, so that ops remember their pullbacks. */
export function tracesGradients(): boolean {
  return tracing;
}

/**
 * Records `f` for its values alone: no gradient flows through what it
 * computes, and the tape does not grow.
 *
 * @example
 * ```ts
 * import { fromArray, linear, openGpu, record } from "@qvgen/qvgen";
 * import { withoutGradients } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [1, 4], [1, 2, 3, 4]);
 * const w = fromArray(gpu, [4, 4], new Float32Array(16).fill(1));
 * using plan = await record(gpu, () =>
 *   withoutGradients(() =>
 *     linear(x, w, undefined, { activation: "gelu" }).keep()
 *   ));
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [10, 10, 10, 10]
 * ```
 */
export function withoutGradients<T>(f: () => T): T {
  const before = tracing;
  tracing = false;
  try {
    return f();
  } finally {
    tracing = before;
  }
}
