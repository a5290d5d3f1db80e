import { InputError } from "../../core/errors.ts";
import { isMapping, type Mapping, snakeCase } from "../../core/mapping.ts";
import { cut } from "../../core/shown.ts";
import { configKeys } from "./config_source.ts";
import { currentNames } from "./earlier_names.ts";
import { parseYaml } from "./yaml.ts";

/** A run is to go on with settings that are not those of its checkpoint. */
export class OtherSettings extends InputError {}

/** What a run may change when it goes on: none of it changes the steps, but for rounding. */
const FREE = [
  "checkpoint_every",
  "gpu",
  "gradient_checkpointing",
  "log_every",
  "out",
  "resume",
];

/**
 * The settings in a checkpoint's metadata, by names as `lr.ranges`. Throws
 * InputError if they are none of a training run.
 */
export function parseSettings(
  path: string,
  yaml: string | undefined,
): ReadonlyMap<string, string> {
  const bad = (reason: string) =>
    new InputError(`Cannot read ${path}: its config ${reason}`);
  const config = parseYaml(yaml ?? "", `The config in ${path}`);
  if (!isMapping(config)) throw bad("holds no settings");
  const known = configKeys().map(({ path }) =>
    path.map((key) => snakeCase(key)).join(".")
  );
  const settings = new Map<string, string>();
  for (const [key, value] of flat(currentNames(config))) {
    if (!known.includes(key)) {
      throw bad(`has the unknown setting ${cut(key)}`);
    }
    const parts = Array.isArray(value) ? value : [value];
    if (parts.some((part) => typeof part === "object" && part !== null)) {
      throw bad(`has no plain value of ${key}`);
    }
    settings.set(key, String(value));
  }
  return settings;
}

/** `lr: { ranges: 0.01 }` as `lr.ranges` and 0.01; no setting lies deeper. */
function* flat(config: Mapping): Generator<[key: string, value: unknown]> {
  for (const [key, value] of Object.entries(config)) {
    if (!isMapping(value)) yield [key, value];
    else for (const [k, v] of Object.entries(value)) yield [`${key}.${k}`, v];
  }
}

/**
 * Compares the settings that a checkpoint was made with and the config, in
 * YAML, of the run that would go on from it; throws {@link OtherSettings} that
 * names the first one that differs.
 */
export function checkSettings(
  path: string,
  before: ReadonlyMap<string, string>,
  own: string,
): void {
  const now = parseSettings("the config", own);
  for (const key of new Set([...now.keys(), ...before.keys()])) {
    if (FREE.includes(key)) continue;
    const [was, is] = [before.get(key), now.get(key)];
    if (was === is) continue;
    throw new OtherSettings(
      `Flag --resume: found ${key} ${cut(is ?? "not given")}, accepted is ${
        cut(was ?? "not given")
      }, with which ${path} was made`,
    );
  }
}
