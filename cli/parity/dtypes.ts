import { InputError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { SafetensorsFile } from "../../io/safetensors.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./runner.ts";

/** Files of every element type, read as f32: recorded beside the case or in its JSON. */
export const dtypes: Readonly<Record<string, Runner>> = {
  reader: async (c) => {
    const { expected } = c.json;
    if (isObject(expected)) {
      return Object.entries(expected).map(([name, list]) =>
        compare(name, c.tensor(name).values, rounded(c, name, list), c.limit())
      );
    }
    const results: Comparison[] = [];
    using file = await SafetensorsFile.open(c.ref("file"));
    for (const [name, { values }] of c.tensors) {
      results.push(
        compare(name, await file.readF32(name), values, c.limit()),
      );
    }
    return results;
  },
};

/** Numbers and booleans as the f32 nearest to them. */
function rounded(c: Case, name: string, list: unknown): Float32Array {
  if (Array.isArray(list)) return Float32Array.from(list, Number);
  throw new InputError(`${c.path}: expected.${name} is not a list`);
}
