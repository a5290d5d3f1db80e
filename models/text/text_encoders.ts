import { hint, InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { shown } from "../../core/shown.ts";
import { parseT5Config, type T5Config } from "./t5_config.ts";
import {
  T5EncoderModel,
  type TextEncoder,
  Umt5EncoderModel,
} from "./text_encoder.ts";

/** The text encoders that are built, by the first of their config's `architectures`. */
const CLASSES = new Map<string, new (config: T5Config) => TextEncoder>([
  ["UMT5EncoderModel", Umt5EncoderModel],
  ["T5EncoderModel", T5EncoderModel],
]);

/** Class names of the text encoders that are built. */
export const TEXT_ENCODERS: readonly string[] = [...CLASSES.keys()];

/**
 * The text encoder that a config.json describes, without values: see `load`.
 * `path` names the config in errors: InputError for a class that is not built
 * and for a config that is none of its class.
 */
export function declareTextEncoder(
  json: JsonObject,
  path: string,
): TextEncoder {
  const { architectures } = json;
  const name: unknown = Array.isArray(architectures)
    ? architectures[0]
    : undefined;
  const Class = CLASSES.get(String(name));
  if (Class) return new Class(parseT5Config(json, path));
  throw new InputError(
    `${path} names the architecture ${shown(name)}${
      hint(String(name), TEXT_ENCODERS)
    }, accepted is ${TEXT_ENCODERS.join(" or ")}`,
  );
}

/** Whether a key of an encoder's weights is `shared.weight` under its second name. */
export function isSecondName(key: string): boolean {
  return key === "encoder.embed_tokens.weight";
}
