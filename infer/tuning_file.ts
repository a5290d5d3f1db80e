import { dirname } from "@std/path";
import { isObject, type JsonObject } from "../core/json.ts";
import type { Gpu } from "../gpu/device.ts";
import { tableFrom, type TuningTable } from "../gpu/tuning_table.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import { readJsonObject } from "../io/json.ts";
import { kindOf } from "../io/writable_folder.ts";

/** Identifies an adapter, for which choices are kept, by all that WebGPU reports of it. */
export function adapterName({ info }: Gpu): string {
  const { vendor, architecture, device, description } = info;
  return [vendor, architecture, device, description].filter(Boolean).join(" ");
}

/** What a file holds for each adapter; nothing if there is no file. Throws InputError. */
async function readAdapters(path: string): Promise<JsonObject> {
  if (await kindOf(path) === "nothing") return {};
  const { adapters } = await readJsonObject(path);
  return isObject(adapters) ? adapters : {};
}

/**
 * The choices of kernels that a file holds for an adapter; empty if there is no
 * such file, and without what is no choice. Throws InputError for a file that
 * cannot be read.
 */
export async function readTuningFile(
  path: string,
  adapter: string,
): Promise<TuningTable> {
  const adapters = await readAdapters(path);
  return tableFrom(
    Object.hasOwn(adapters, adapter) ? adapters[adapter] : {},
  );
}

/**
 * Adds choices for an adapter to a file, whole or not at all; those of other
 * adapters and of other sizes stay. A file that cannot be read is replaced.
 */
export async function addToTuningFile(
  path: string,
  adapter: string,
  table: TuningTable,
): Promise<void> {
  const adapters = await readAdapters(path).catch(() => ({} as JsonObject));
  const before = tableFrom(
    Object.hasOwn(adapters, adapter) ? adapters[adapter] : {},
  );
  const all = { ...adapters, [adapter]: { ...before, ...table } };
  await Deno.mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(
    path,
    JSON.stringify({ adapters: all }, null, 2) + "\n",
  );
}

/** `KEY: A instead of B` of each choice that is another now. */
export function changedChoices(
  before: TuningTable,
  now: TuningTable,
): string[] {
  return Object.entries(now).flatMap(([key, { form }]) => {
    const was = Object.hasOwn(before, key) ? before[key]!.form : form;
    return was === form ? [] : [`${key}: ${form} instead of ${was}`];
  });
}
