import type { Gpu } from "../gpu/device.ts";
import { parameters } from "../models/module.ts";

/** Gives the memory of a model's parameters back. */
export function disposeParameters(gpu: Gpu, module: object): void {
  for (const [, parameter] of parameters(module)) parameter.dispose(gpu);
}
