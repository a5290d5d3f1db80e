import { InputError } from "../../core/errors.ts";
import { isMapping } from "../../core/mapping.ts";
import { cut } from "../../core/shown.ts";
import { currentNames } from "./earlier_names.ts";
import { parseYaml } from "./yaml.ts";

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
 * Compares the config that a checkpoint was made with and that of the run that
 * would go on from it, both in YAML; InputError names a setting that differs.
 */
export function checkSettings(path: string, saved: string, own: string): void {
  const config = parseYaml(saved, `The config in ${path}`);
  const before = flat(isMapping(config) ? currentNames(config) : config);
  const now = flat(parseYaml(own, "The config of this run"));
  for (const key of new Set([...now.keys(), ...before.keys()])) {
    if (FREE.includes(key)) continue;
    const [was, is] = [before.get(key), now.get(key)];
    if (was === is) continue;
    throw new InputError(
      `Flag --resume: found ${cut(key)} ${
        cut(is ?? "not given")
      }, accepted is ${cut(was ?? "not given")}, with which ${path} was made`,
    );
  }
}

/** `lr: { ranges: 0.01 }` as `lr.ranges` -> `0.01`. */
function flat(value: unknown, path = ""): Map<string, string> {
  if (!isMapping(value)) return new Map([[path, String(value)]]);
  const prefix = path === "" ? "" : `${path}.`;
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...flat(inner, prefix + key),
    ]),
  );
}
