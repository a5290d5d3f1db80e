import { fromFileUrl } from "@std/path";
import { InputError } from "../core/errors.ts";
import { diskFiles } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { webFiles } from "../io/web_files.ts";

/** The folder of the embedded model, wherever this library was loaded from. */
export const EMBEDDED_MODEL: URL = new URL("../assets/tiny", import.meta.url);

/** A model: `tiny` (the embedded one), a folder on the disk or on a web server, or any other source of files. */
export type ModelName = string | URL | FileSource;

/** The files of a model. Throws InputError for an address that is neither file nor web. */
export function modelFiles(model: ModelName): FileSource {
  if (typeof model !== "string" && !(model instanceof URL)) return model;
  const url = model === "tiny"
    ? EMBEDDED_MODEL
    : /^(https?|file):/.test(String(model))
    ? new URL(model)
    : model;
  if (typeof url === "string") return diskFiles(url);
  if (url.protocol === "file:") return diskFiles(fromFileUrl(url));
  if (/^https?:$/.test(url.protocol)) return webFiles(url);
  throw new InputError(
    `Cannot read ${url}: accepted is tiny, a folder or an address of file:, http: or https:`,
  );
}
