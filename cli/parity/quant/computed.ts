import { fromArray, readAll, type Tensor } from "../../../autograd/tensor.ts";
import { InputError } from "../../../core/errors.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Gpu } from "../../../gpu/device.ts";
import { record } from "../../../gpu/record.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";

/** The tensors of a case on the GPU, by their names in the case. */
export type Use = (name: string) => Tensor;

/** What a case should have recorded, by the names it has there. */
export type Results = Readonly<Record<string, Tensor | undefined>>;

/** Runs what `trace` makes of a case's tensors and downloads it. */
export async function computed(
  c: Case,
  gpu: Gpu,
  trace: (use: Use) => Results,
): Promise<ReadonlyMap<string, Float32Array>> {
  const pins = new Map<string, Tensor>();
  const use = (name: string) => {
    const { shape, values } = c.tensor(name);
    const tensor = pins.get(name) ?? fromArray(gpu, shape, values);
    pins.set(name, tensor);
    return tensor;
  };
  using plan = await record(
    gpu,
    () =>
      Object.entries(trace(use)).map(([name, tensor]) => {
        if (!tensor) throw new InputError(`${c.op} makes no ${name}`);
        return [name, tensor.keep()] as const;
      }),
  );
  plan.run();
  const tensors = plan.result.map(([, tensor]) => tensor);
  const values = await readAll(gpu, tensors);
  for (const tensor of new Set([...pins.values(), ...tensors])) {
    tensor.dispose();
  }
  return new Map(plan.result.map(([name], i) => [name, values[i]!]));
}

/** Compares results with the tensors of the same names; `codes` as whole numbers. */
export function compared(
  c: Case,
  results: ReadonlyMap<string, Float32Array>,
): Comparison[] {
  return [...results].map(([name, got]) => {
    const want = c.tensor(name).values;
    return name.endsWith("codes")
      ? compareCodes(name, got, want)
      : compare(name, got, want, c.limit());
  });
}

/** Equal but for 1 code in 1,000, which may be off by one. */
function compareCodes(
  what: string,
  got: Float32Array,
  want: Float32Array,
): Comparison {
  const exact = compare(what, got, want, { abs: 1 });
  const off = got.filter((q, i) => q !== want[i]).length;
  const share = off / Math.ceil(want.length / 1000);
  return {
    ...exact,
    limit: "1 in 1000 codes off by 1",
    used: exact.used > 1 ? exact.used : share,
  };
}

/** The learned tensors of a case, by the names of their recorded gradients. */
export function learned(c: Case): string[] {
  return c.tensors.keys().toArray().filter((name) => name.startsWith("grad."))
    .map((name) => name.slice(5));
}

/** A nested object of a configuration. */
export function objectAt(c: Case, ...path: readonly string[]): JsonObject {
  let at: unknown = c.config;
  for (const name of path) at = isObject(at) ? at[name] : undefined;
  if (isObject(at)) return at;
  throw new InputError(`${c.path}: config.${path.join(".")} is not an object`);
}

/** A number of a nested object. */
export function numberIn(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value === "number") return value;
  throw new InputError(`config: ${name} is not a number`);
}
