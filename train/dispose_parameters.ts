import { parameters } from "../models/module.ts";

/** Gives the memory of a model's parameters back. */
export function disposeParameters(module: object): void {
  for (const [, parameter] of parameters(module)) {
    if (parameter.storage.ownership === "owned") parameter.dispose();
  }
}
