import { fromFileUrl } from "@std/path";
import { InputError } from "../core/errors.ts";
import { userPath } from "./paths.ts";

/** The folder of the embedded model. */
export const TINY: string = fromFileUrl(
  new URL("../assets/tiny", import.meta.url),
);

/** The folder that `--model` means: `tiny`, or a path. Throws InputError. */
export async function modelFolder(model: string): Promise<string> {
  if (model === "tiny") return TINY;
  return await existingFolder("model", model, "tiny or a diffusers folder");
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
  throw new InputError(
    `Flag --${flag}: found ${path}, which is no folder; accepted is ${accepted}`,
  );
}

/** The folder or file that `--transformer` names. Throws InputError. */
export async function transformerPath(path: string): Promise<string> {
  if (path.endsWith(".safetensors")) return userPath(path);
  return await existingFolder(
    "transformer",
    path,
    "a folder or a .safetensors file",
  );
}
