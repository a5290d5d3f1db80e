import { Stream } from "../../core/random.ts";
import type { Gpu } from "../../gpu/device.ts";
import { type Parameter, parameters } from "../module.ts";

/** What first values depend on. */
export interface InitialiseOptions {
  /** The same seed gives the same values; default 0. */
  readonly seed?: number;
}

/**
 * Gives the parameters of a layer or network their first values, as torch does
 * where nothing else is said: weights uniform within 1 / sqrt(inputs), which is
 * Kaiming's with torch's slope, and biases beside them within the same; scales of
 * norms 1 and shifts 0. Each value depends on the seed and its parameter's name
 * alone. RangeError for what only a trained or quantised model has, before
 * anything is written.
 *
 * @example
 * ```ts
 * import { initialise, Linear, openGpu } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const layer = new Linear(4, 2);
 * initialise(gpu, layer, { seed: 7 });
 * console.log(await layer.weight.read(gpu)); // 8 numbers of at most 1 / 2
 * ```
 */
export function initialise(
  gpu: Gpu,
  module: object,
  { seed = 0 }: InitialiseOptions = {},
): void {
  const all = new Map(parameters(module));
  for (const [name, { role, dtype }] of all) {
    if (role === "weight" && dtype === "f32") continue;
    throw new RangeError(
      `Cannot initialise ${name}: it is a ${
        role === "weight" ? dtype : role
      }, which comes from a checkpoint or from quantising`,
    );
  }
  for (const [name, parameter] of all) {
    const beside = all.get(name.replace(/[^.]*$/, "weight"));
    parameter.write(gpu, firstValues(name, parameter, beside, seed));
  }
}

function firstValues(
  name: string,
  parameter: Parameter,
  beside: Parameter | undefined,
  seed: number,
): Float32Array<ArrayBuffer> {
  const { size } = parameter;
  const of = isVector(parameter) && name.endsWith("bias") ? beside : parameter;
  if (of === undefined || isVector(of)) {
    return new Float32Array(size).fill(name.endsWith("bias") ? 0 : 1);
  }
  const bound = Math.sqrt(of.dim(0) / of.size);
  return new Stream(seed, `first values of ${name}`).uniforms(size)
    .map((value) => bound * (2 * value - 1));
}

/** Whether it has one value a channel, as norms and biases do. */
function isVector({ shape, size }: Parameter): boolean {
  return size === Math.max(...shape);
}
