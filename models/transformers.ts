import { hint, InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { shown } from "../core/shown.ts";
import { parseCogVideoXConfig } from "./cogvideox/config.ts";
import { CogVideoXTransformer3DModel } from "./cogvideox/transformer.ts";
import type { VideoTransformer } from "./video_transformer.ts";
import { parseWanConfig } from "./wan/config.ts";
import { WanTransformer3DModel } from "./wan/transformer.ts";

/** The transformers that are built, by the class name of their config.json. */
const CLASSES = new Map<string, Declare>([
  [
    "WanTransformer3DModel",
    (json, path) => new WanTransformer3DModel(parseWanConfig(json, path)),
  ],
  [
    "CogVideoXTransformer3DModel",
    (json, path) =>
      new CogVideoXTransformer3DModel(parseCogVideoXConfig(json, path)),
  ],
]);

type Declare = (json: JsonObject, path: string) => VideoTransformer;

/** Class names of the transformers that are built. */
export const TRANSFORMERS: readonly string[] = [...CLASSES.keys()];

/**
 * The transformer that a config.json describes, without values: see `load`.
 * `path` names the config in errors: InputError for a class that is not built
 * and for a config that is none of its class.
 *
 * @example
 * ```ts
 * import { parameters } from "@qvgen/qvgen";
 * import { declareTransformer } from "@qvgen/qvgen/models";
 *
 * const config = { _class_name: "CogVideoXTransformer3DModel", num_layers: 2 };
 * const network = declareTransformer(config, "config.json");
 * console.log([...parameters(network)].length); // 64 names, as diffusers has them
 * ```
 */
export function declareTransformer(
  json: JsonObject,
  path: string,
): VideoTransformer {
  const name = json["_class_name"];
  const declare = CLASSES.get(String(name));
  if (declare) return declare(json, path);
  throw new InputError(
    `${path} names the class ${shown(name)}${
      hint(String(name), TRANSFORMERS)
    }, accepted is ${TRANSFORMERS.join(" or ")}`,
  );
}
