import type { Gpu } from "../../gpu/device.ts";
import type { Checkpoint } from "../../io/checkpoint.ts";
import type { Case } from "./case.ts";
import type { Comparison } from "./compare.ts";

/** Runs one case through the program's own modules and compares what it recorded. */
export type Runner = (c: Case, gpu: Gpu) => Promise<Comparison[]>;

/** Runs a case of the model in a checkpoint and compares all that was recorded of it. */
export type ModelRunner = (
  c: Case,
  gpu: Gpu,
  checkpoint: Checkpoint,
) => Promise<Comparison[]>;
