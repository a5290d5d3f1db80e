import { basename, dirname, join } from "@std/path";
import type { ClipSize } from "../../core/clip_size.ts";
import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { readJsonObject } from "../../io/json.ts";
import { kindOf } from "../../io/writable_folder.ts";
import type { ModelConfigs } from "./estimate.ts";
import { namedModel } from "./named_models.ts";

/** Parts of a pipeline that hold weights. */
export type WeightPart = "transformer" | "text_encoder" | "vae";

const PARTS: readonly WeightPart[] = ["transformer", "text_encoder", "vae"];

/** A named model whose other parts serve a transformer's config that comes alone. */
const FAMILY: ReadonlyMap<unknown, string> = new Map([
  ["WanTransformer3DModel", "Wan2.1-T2V-1.3B"],
  ["CogVideoXTransformer3DModel", "CogVideoX-2B"],
]);

/** Configs, and what lies on the disk already. */
export interface FoundModel {
  readonly configs: ModelConfigs;
  /** Bytes of the weight files of each part that has some. */
  readonly foundBytes: Readonly<Partial<Record<WeightPart, number>>>;
}

/**
 * The configs of a model: of a pipeline folder, with or without weights, or of
 * a transformer's config.json, whose other parts are then those published with
 * its class. Throws InputError for what is neither.
 */
export async function modelConfigs(path: string): Promise<FoundModel> {
  if (path.endsWith(".json")) {
    const transformer = await readJsonObject(path);
    const name = basename(dirname(path)) || path;
    return { configs: completed(name, path, { transformer }), foundBytes: {} };
  }
  const parts: Partial<Record<WeightPart, JsonObject>> = {};
  const foundBytes: Partial<Record<WeightPart, number>> = {};
  for (const part of PARTS) {
    const folder = join(path, part);
    const config = join(folder, "config.json");
    if (await kindOf(config) !== "file") continue;
    parts[part] = await readJsonObject(config);
    const bytes = await weightBytes(folder);
    if (bytes > 0) foundBytes[part] = bytes;
  }
  return { configs: completed(basename(path), path, parts), foundBytes };
}

function completed(
  name: string,
  path: string,
  parts: Partial<Record<WeightPart, JsonObject>>,
): ModelConfigs {
  const { transformer } = parts;
  const family = namedModel(FAMILY.get(transformer?.["_class_name"]) ?? "");
  if (!transformer || !family) {
    throw new InputError(
      `Cannot estimate ${path}: it holds no transformer/config.json of ${
        [...FAMILY.keys()].join(" or ")
      }`,
    );
  }
  const { text_encoder = family.text_encoder, vae = family.vae } = parts;
  const rows = transformer["max_text_seq_length"] ?? family.text_rows;
  return {
    name,
    path,
    transformer,
    text_encoder,
    vae,
    text_rows: Number(rows),
    default: ownSize(vae) ?? family.default,
  };
}

/** The embedded model's codec carries the size of its clips. */
function ownSize(
  { frames, height, width }: JsonObject,
): ClipSize | undefined {
  return typeof frames === "number" && typeof height === "number" &&
      typeof width === "number"
    ? { frames, height, width }
    : undefined;
}

async function weightBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".safetensors")) continue;
    bytes += (await Deno.stat(join(folder, name))).size;
  }
  return bytes;
}
