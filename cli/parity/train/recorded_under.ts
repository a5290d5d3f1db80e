import {
  MemorySource,
  type MemoryTensor,
} from "../../../models/weights/load.ts";
import type { Case } from "../case.ts";

/** The tensors of a case whose names begin with `prefix`, as weights to load. */
export function recordedUnder(c: Case, prefix: string): MemorySource {
  const tensors = new Map<string, MemoryTensor>();
  for (const [name, { shape, values }] of c.tensors) {
    if (!name.startsWith(prefix)) continue;
    tensors.set(name.slice(prefix.length), { shape, data: values });
  }
  return new MemorySource(c.path, tensors);
}
