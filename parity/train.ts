import type { Runner } from "./kinds.ts";
import { qvgenSteps } from "./train/qvgen_steps.ts";

/** Training of whole models, by the names in the cases. */
export const train: Readonly<Record<string, Runner>> = {
  qvgen_steps: qvgenSteps,
};
