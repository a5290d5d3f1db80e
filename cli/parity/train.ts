import type { Runner } from "./runner.ts";
import { prepareLatents } from "./train/prepare_latents.ts";
import { qvgenSteps } from "./train/qvgen_steps.ts";

/** Training of whole models, by the names in the cases. */
export const train: Readonly<Record<string, Runner>> = {
  prepare_latents: prepareLatents,
  qvgen_steps: qvgenSteps,
};
