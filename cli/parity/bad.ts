import { basename, dirname, join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { openTransformer } from "../../infer/open_transformer.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { parameters } from "../../models/module.ts";
import type { Case } from "./case.ts";
import { compareRows } from "./compare.ts";
import type { Runner } from "./runner.ts";

/** Malformed files and folders must be refused by name, odd but valid ones load. */
export const bad: Readonly<Record<string, Runner>> = {
  loaders: async (c, gpu) => {
    const results = [];
    for (const { input, expect } of inputsOf(c)) {
      const path = join(dirname(dirname(c.path)), input);
      results.push(compareRows(input, [await outcome(gpu, path)], [expect]));
    }
    return results;
  },
};

function inputsOf({ json: { cases }, path }: Case) {
  return (Array.isArray(cases) ? cases : []).map((one: unknown) => {
    const { file, folder, expect } = isObject(one) ? one : {};
    const input = file ?? folder;
    if (typeof input === "string") return { input, expect };
    throw new InputError(`${path}: cases name neither a file nor a folder`);
  });
}

/** `ok`, or `error` if loading stopped with a message that names the input. */
async function outcome(gpu: Gpu, path: string): Promise<string> {
  try {
    if (path.endsWith(".safetensors")) await readAllTensors(path);
    else await loadTransformer(gpu, path);
    return "ok";
  } catch (error) {
    const named = error instanceof InputError &&
      error.message.includes(basename(path));
    return named ? "error" : `unclear: ${error}`;
  }
}

async function readAllTensors(path: string): Promise<void> {
  using file = await Checkpoint.open(path);
  for (const name of file.tensors.keys()) await file.readF32(name);
}

async function loadTransformer(gpu: Gpu, path: string): Promise<void> {
  const { transformer } = await openTransformer(gpu, path);
  for (const [, weight] of parameters(transformer)) weight.dispose();
}
