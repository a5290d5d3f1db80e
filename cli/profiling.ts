import { dirname } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { chromeTrace, profileTable } from "../gpu/profile_report.ts";
import { Profiler } from "../gpu/profiler.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import { checkFileWritable } from "../io/writable_folder.ts";
import type { Progress } from "./progress.ts";

/** Checks before any work that a profile can be written to `path`; throws InputError. */
export async function checkProfile(path: string): Promise<void> {
  if (!/\.(json|txt)$/i.test(path)) {
    throw new InputError(
      `Flag --profile: found ${path}, accepted is a file that ends in .json (trace) or .txt (table)`,
    );
  }
  await checkFileWritable(path);
}

/**
 * Times all that `gpu` runs from here on, if a file is named; the returned
 * function writes it: a trace, whose table is logged, or the table alone.
 */
export function startProfile(
  gpu: Gpu,
  path: string | undefined,
  progress: Progress,
): () => Promise<void> {
  if (path === undefined) return async () => {};
  const profiler = new Profiler(gpu);
  gpu.profiler = profiler;
  progress.onPhase = (label) => profiler.phase(label);
  return async () => {
    gpu.profiler = undefined;
    const profile = await profiler.finish();
    const table = profileTable(profile);
    await Deno.mkdir(dirname(path), { recursive: true });
    if (/\.txt$/i.test(path)) return await writeFileAtomic(path, `${table}\n`);
    await writeFileAtomic(path, chromeTrace(profile, gpu.info.description));
    progress.log(table);
  };
}
