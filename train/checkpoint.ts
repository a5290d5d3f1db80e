import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { SafetensorsFile } from "../io/safetensors.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../io/safetensors_writer.ts";
import type { MemoryTensor } from "../models/weights/load.ts";
import { download } from "../models/weights/save.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { AdamW } from "./optim/optimizer.ts";
import { exportState, importState } from "./optim/optimizer_state.ts";
import { checkSettings } from "./config/resumed_settings.ts";

/** Checkpoints of a run that are kept. */
const KEEP = 2;

const NAME = /^step-(\d+)\.safetensors$/;
const HALF_WRITTEN = /^\.step-\d+\.safetensors\..*\.tmp$/;

/** A checkpoint on disk: `steps` optimiser steps were done. */
export interface SavedStep {
  readonly path: string;
  readonly steps: number;
}

/**
 * Writes weights and optimiser state after `steps` steps, atomically, then
 * drops all but the newest two, and what a killed run left half-written.
 * `config` is the run's in YAML: a resumed run is checked against it.
 */
export async function saveCheckpoint(
  folder: string,
  optimizer: AdamW,
  steps: number,
  config: string,
): Promise<string> {
  const { gpu, arena } = optimizer;
  const weights = arena.layout.places.map(({ name, parameter }) =>
    [`w.${name}`, parameter] as [string, Tensor]
  );
  const tensors = new Map<string, TensorToWrite>(await download(gpu, weights));
  for (const [name, tensor] of await exportState(optimizer)) {
    tensors.set(name, { dtype: "F32", ...tensor });
  }
  await Deno.mkdir(folder, { recursive: true });
  const name = `step-${String(steps).padStart(8, "0")}.safetensors`;
  await writeSafetensors(join(folder, name), tensors, {
    steps: String(steps),
    config,
  });
  const saved = await listCheckpoints(folder);
  for (const { path } of saved.slice(0, -KEEP)) await Deno.remove(path);
  for await (const { name } of Deno.readDir(folder)) {
    if (HALF_WRITTEN.test(name)) await Deno.remove(join(folder, name));
  }
  return join(folder, name);
}

/** The checkpoints of a run, oldest first. */
export async function listCheckpoints(folder: string): Promise<SavedStep[]> {
  const found: SavedStep[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const steps = NAME.exec(name)?.[1];
      if (steps) found.push({ path: join(folder, name), steps: Number(steps) });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort((a, b) => a.steps - b.steps);
}

/**
 * Loads the newest checkpoint of a run into the arena and the optimiser and
 * returns the steps done. Throws InputError if there is none, if it was made
 * with another config, or if it does not fit the model.
 */
export async function loadCheckpoint(
  folder: string,
  optimizer: AdamW,
  config: string,
): Promise<number> {
  const newest = (await listCheckpoints(folder)).at(-1);
  if (!newest) {
    throw new InputError(
      `Flag --resume: found no checkpoint in ${folder}; begin without it`,
    );
  }
  using file = await SafetensorsFile.open(newest.path);
  checkSettings(newest.path, file.metadata.get("config") ?? "", config);
  const { gpu, arena } = optimizer;
  const state = new Map<string, MemoryTensor>();
  for (const [name, { shape }] of file.tensors) {
    if (name.startsWith("w.")) continue;
    state.set(name, { shape, data: await file.readF32(name) });
  }
  importState(optimizer, state);
  for (const { name, parameter } of arena.layout.places) {
    const stored = file.tensors.get(`w.${name}`);
    if (`${stored?.shape}` !== `${parameter.shape}`) {
      throw new InputError(
        `${newest.path}: ${name} is ${
          stored ? `[${stored.shape}]` : "missing"
        }, the model takes [${parameter.shape}]`,
      );
    }
    parameter.write(gpu, await file.readF32(`w.${name}`));
  }
  return newest.steps;
}
