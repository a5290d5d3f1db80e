import { fromFileUrl } from "@std/path";
import { InputError } from "../core/errors.ts";
import { cachedModel, EMBEDDED_MODEL } from "../infer/model_files.ts";
import { isSafetensorsName } from "../io/model_file.ts";
import { kindOf } from "../io/writable_folder.ts";
import { programCall } from "./program.ts";
import { userPath } from "./paths.ts";

/** The folder that `--model` means: `tiny`, a path, or a model of the hub. Throws InputError. */
export async function modelFolder(model: string): Promise<string> {
  if (model === "tiny") return fromFileUrl(EMBEDDED_MODEL);
  return await cachedFolder(model) ??
    await existingFolder("model", model, "tiny or a diffusers folder");
}

/** The folder of a model of the hub in the cache, if it is one. Throws InputError. */
function cachedFolder(model: string): Promise<string | undefined> {
  const fetchWith = `${programCall()} download`;
  return cachedModel(model, userPath(model), fetchWith);
}

/** The folder that a flag names, as the user meant it. Throws InputError. */
export async function existingFolder(
  flag: string,
  path: string,
  accepted = "a folder",
): Promise<string> {
  const folder = userPath(path);
  const found = await Deno.stat(folder).catch(() => undefined);
  if (found?.isDirectory) return folder;
  const what = found?.isFile ? "a file, as --transformer takes" : "no folder";
  throw new InputError(
    `Flag --${flag}: found ${path}, which is ${what}; accepted is ${accepted}`,
  );
}

/** The folder or file that `--transformer` names. Throws InputError. */
export async function transformerPath(path: string): Promise<string> {
  // What a file holds is told by its content, not its name.
  if (isSafetensorsName(path) || await kindOf(userPath(path)) === "file") {
    return userPath(path);
  }
  return await cachedFolder(path) ?? await existingFolder(
    "transformer",
    path,
    "a folder or a .safetensors file",
  );
}
