import { join } from "@std/path";
import type { Gpu } from "../gpu/device.ts";
import {
  adapterName,
  addToTuningFile,
  changedChoices,
  readTuningFile,
} from "../infer/tuning_file.ts";

/** The file in a run's folder with the kernels that it uses. */
export const TUNING_FILE = "tuning.json";

/**
 * Keeps the kernels that a run's plans are made of, so that it can be gone on
 * with by the same ones; says where they are no longer those of its beginning.
 */
export async function keepTuning(
  gpu: Gpu,
  out: string,
  resume: boolean,
): Promise<string | undefined> {
  const path = join(out, TUNING_FILE);
  const { used } = gpu.tuning;
  const adapter = adapterName(gpu);
  // A file that cannot be read is replaced.
  const before = resume
    ? await readTuningFile(path, adapter).catch(() => ({}))
    : {};
  await addToTuningFile(path, adapter, used);
  const changed = changedChoices(before, used);
  return changed.length === 0
    ? undefined
    : `Kernels are not those of the run's beginning: ${changed.join("; ")}`;
}
