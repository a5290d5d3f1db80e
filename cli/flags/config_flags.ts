import { type Mapping, merge } from "../../core/mapping.ts";
import {
  type ConfigKey,
  configKeys,
  type ConfigSource,
  configSource,
} from "../../train/config/config_source.ts";
import { type Flag, flagName, type Flags } from "./flag_types.ts";

/** `["lr", "lowRank"]` to `lrLowRank`. */
function flagKey([first, ...rest]: readonly string[]): string {
  return rest.reduce(
    (key, part) => key + part.charAt(0).toUpperCase() + part.slice(1),
    first ?? "",
  );
}

function toFlag({ field, default: value }: ConfigKey): Flag {
  const off = value === undefined || value === false;
  const shown = off ? {} : { shownDefault: String(value) };
  const flag = { ...shown, ...field };
  return flag.type === "list" ? { ...flag, separator: "," } : flag;
}

function nest(path: readonly string[], value: unknown): Mapping {
  const [key = "", ...rest] = path;
  return { [key]: rest.length === 0 ? value : nest(rest, value) };
}

/** Every key of the training config as a flag; none has a default, so that a config file shows through. */
export function configFlags(): Flags {
  return Object.fromEntries(
    configKeys().map((key) => [flagKey(key.path), toFlag(key)]),
  );
}

/** The flags that were given, as a source of the config. */
export function flagSource(values: Mapping): ConfigSource {
  const given = configKeys()
    .map(({ path }) => ({ path, value: values[flagKey(path)] }))
    .filter(({ value }) => value !== undefined)
    .map(({ path, value }) => nest(path, value));
  return configSource(
    given.reduce(merge, {}),
    (path) => `Flag --${flagName(flagKey(path))}`,
  );
}
