import { InputError } from "../../../core/errors.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import type { Results } from "../quant/computed.ts";

const PREFIX = /^(out|mid|grad)\.|^loss$/;

/** Those results that the case recorded; one that the network does not make is an error. */
export function recorded(c: Case, results: Results): Results {
  return Object.fromEntries(
    c.tensors.keys().filter((name) => PREFIX.test(name)).map((name) => {
      const tensor = results[name];
      if (tensor) return [name, tensor];
      throw new InputError(`${c.path}: the network makes no ${name}`);
    }),
  );
}

/** Compares results with the recorded ones, gradients by their own tolerance. */
export function comparedModel(
  c: Case,
  results: ReadonlyMap<string, Float32Array>,
): Comparison[] {
  const gradient = c.limit({ relToMax: "gradients_rel_to_max" });
  return [...results].map(([name, got]) =>
    compare(
      name,
      got,
      c.tensor(name).values,
      name.startsWith("grad.") ? gradient : c.limit(),
    )
  );
}
