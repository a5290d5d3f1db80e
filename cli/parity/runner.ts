import type { Gpu } from "../../gpu/device.ts";
import type { Case } from "./case.ts";
import type { Comparison } from "./compare.ts";

/** Runs one case through the program's own modules and compares what it recorded. */
export type Runner = (c: Case, gpu: Gpu) => Promise<Comparison[]>;
