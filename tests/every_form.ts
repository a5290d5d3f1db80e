import { assert } from "@std/assert";
import type { Gpu } from "../gpu/device.ts";
import type { Traits } from "../gpu/traits.ts";
import { Tuning } from "../gpu/tuning.ts";

/** Lets plans be recorded as on an adapter of other traits. */
export function pretend(gpu: Gpu, given: Partial<Traits>): void {
  const value = { ...gpu.traits, ...given };
  Object.defineProperty(gpu, "traits", { value, configurable: true });
}

/** Lets plans be recorded as they are on a GPU that is no CPU. */
export function asHardware(gpu: Gpu): void {
  pretend(gpu, { software: false });
}

/**
 * Calls `run`, which records, once as it comes and then once for each of the
 * forms, which serves wherever it is a rival.
 */
export async function inEveryForm(
  gpu: Gpu,
  forms: Iterable<string>,
  run: (form: string) => Promise<void>,
): Promise<void> {
  await run("the first form");
  const keys = Object.keys(gpu.tuning.used);
  for (const form of new Set(forms)) {
    gpu.tuning = new Tuning(
      Object.fromEntries(keys.map((key) => [key, { form }])),
    );
    await run(form);
    const used = Object.values(gpu.tuning.used).map((choice) => choice.form);
    assert(used.includes(form), `${form} is not among ${used}`);
  }
}
