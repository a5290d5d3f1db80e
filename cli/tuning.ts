import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { knownTable } from "../gpu/shipped_tunings.ts";
import { Tuning } from "../gpu/tuning.ts";
import type { TuningTable } from "../gpu/tuning_table.ts";
import {
  adapterName,
  addToTuningFile,
  changedChoices,
  readTuningFile,
} from "../infer/tuning_file.ts";
import { cacheFolder } from "./cache_folder.ts";
import type { Progress } from "./progress.ts";

/** How a command chooses kernels. */
export interface TuningOptions {
  /** Race every form anew, whatever is known. */
  readonly tune: boolean;
  /** The file of a run that goes on: its choices come before all others. */
  readonly ofRun?: string | undefined;
  /** Where choices are kept between runs; in the user's cache unless told. */
  readonly cache?: string | undefined;
}

/**
 * Lets `gpu` choose kernels by what is known of its adapter: the table that
 * comes with the program, then the user's, then the run's. Kernels of an
 * adapter without a table, or of any with `tune`, are raced when a model first
 * needs them, and the winners kept before they are used.
 */
export async function chooseKernels(
  gpu: Gpu,
  { tune, ofRun, cache = cacheFolder("tuning.json") }: TuningOptions,
  command: string,
  progress: Progress,
): Promise<void> {
  if (tune && !gpu.traits.timestamps) {
    throw new InputError(
      "Cannot tune: the adapter has no timestamp queries",
    );
  }
  const note = (text: string) => progress.log(`${command}: ${text}`);
  const warn = (text: string) => progress.warn(`${command}: ${text}`);
  const adapter = adapterName(gpu);
  const read = async (path: string | undefined): Promise<TuningTable> => {
    if (path === undefined) return {};
    try {
      return await readTuningFile(path, adapter);
    } catch (error) {
      warn(`Kernels are chosen without a file: ${(error as Error).message}`);
      return {};
    }
  };
  const shipped = knownTable(gpu.info);
  const known = { ...shipped, ...await read(cache), ...await read(ofRun) };
  if (shipped && !tune) {
    gpu.tuning = new Tuning(known);
    gpu.tuning.onRefused = warn;
    return;
  }
  let said = false;
  gpu.tuning = new Tuning(tune ? {} : known, {
    onProgress: (done, total) =>
      progress.advance(
        0,
        done < total ? `tuning kernels ${done + 1}/${total}` : "",
      ),
    async onChosen(winners) {
      if (!said) note(`Kernels are chosen by their time on ${adapter}`);
      said = true;
      const changed = changedChoices(known, winners);
      if (changed.length > 0) note(`Kernels changed: ${changed.join("; ")}`);
      if (cache === undefined) return;
      try {
        await addToTuningFile(cache, adapter, winners);
      } catch (error) {
        warn(`Kernels are not kept: ${(error as Error).message}`);
      }
    },
  });
  gpu.tuning.onRefused = warn;
}
