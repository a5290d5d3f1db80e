import * as v from "valibot";
import { decodeText } from "../../core/decode_text.ts";
import { hint, InputError, reasonOf } from "../../core/errors.ts";
import {
  camelCase,
  isMapping,
  type Mapping,
  renameKeys,
  snakeCase,
} from "../../core/mapping.ts";
import { cut, shown } from "../../core/shown.ts";
import { acceptedWords } from "../../core/value_kind.ts";
import { type Field, fieldOf } from "./config_field.ts";
import { trainSchema } from "./config_schema.ts";
import { currentNames } from "./earlier_names.ts";
import { parseYaml } from "./yaml.ts";

type Path = readonly string[];

/** Keys of a config from one place, checked as far as they go. */
export interface ConfigSource {
  /** Values by key, in camelCase; those of `lr` in a mapping of their own. */
  readonly values: Mapping;
}

/** A key of the config: its path, as `["lr", "weights"]`, and its field. */
export interface ConfigKey {
  readonly path: Path;
  readonly field: Field;
  readonly default: unknown;
}

type Entries = Readonly<Record<string, v.GenericSchema>>;

/** The keys of a mapping; undefined for a schema of anything else. */
function entriesOf(schema: v.GenericSchema): Entries | undefined {
  return "entries" in schema ? schema.entries as Entries : undefined;
}

function unwrap(schema: v.GenericSchema): v.GenericSchema {
  return "wrapped" in schema ? schema.wrapped as v.GenericSchema : schema;
}

/** All keys of a config in the schema's order, those of `lr` one by one. */
export function configKeys(
  schema: v.GenericSchema = trainSchema,
  path: Path = [],
): ConfigKey[] {
  return Object.entries(entriesOf(schema) ?? {}).flatMap(([key, entry]) => {
    const inner = unwrap(entry);
    const here = [...path, key];
    const field = fieldOf(inner);
    return field === undefined
      ? configKeys(inner, here)
      : [{ path: here, field, default: "default" in entry && entry.default }];
  });
}

/** The schema at a path, or the deepest one on the way. */
function schemaAt(path: Path): v.GenericSchema {
  let schema: v.GenericSchema = trainSchema;
  for (const key of path) {
    const next = entriesOf(schema)?.[key];
    if (next === undefined) break;
    schema = unwrap(next);
  }
  return schema;
}

function explain(
  issue: v.BaseIssue<unknown>,
  label: (path: Path) => string,
): string {
  const path = issue.path?.map(({ key }) => String(key)) ?? [];
  const schema = schemaAt(path);
  const field = fieldOf(schema);
  if (field === undefined) {
    const keys = Object.keys(entriesOf(schema) ?? {}).map((key) =>
      snakeCase(key)
    );
    if (issue.expected === "never") {
      const near = hint(snakeCase(path.at(-1)!), keys);
      return `${label(path)}: found an unknown key${
        near || `, accepted ${keys.join(", ")}`
      }`;
    }
    return `${label(path)}: found ${shown(issue.input)}, ` +
      `accepted a mapping of ${keys.join(", ")}`;
  }
  const { input } = issue;
  const near = field.type === "enum" && typeof input === "string"
    ? hint(input, field.values)
    : "";
  return `${label(path)}: found ${shown(input)}, ` +
    `accepted ${acceptedWords(field)}${near}`;
}

/**
 * Checks the values of one place, whose keys are in camelCase; throws
 * InputError for the first wrong one, naming its path by `label`.
 */
export function configSource(
  values: Mapping,
  label: (path: readonly string[]) => string,
): ConfigSource {
  const { success, issues } = v.safeParse(trainSchema, values, {
    abortEarly: true,
  });
  if (!success) throw new InputError(explain(issues[0], label));
  return { values };
}

/** Reads a YAML config file; an InputError names file, key, found and accepted. */
export function readConfigFile(file: string): ConfigSource {
  let text: string;
  try {
    text = decodeText(`Config ${file}`, Deno.readFileSync(file));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new InputError(`Config ${file}: found no such file`);
    }
    if (cause instanceof InputError) throw cause;
    throw new InputError(`Config ${file}: ${reasonOf(cause)}`, { cause });
  }
  const keys = parseYaml(text, `Config ${file}`) ?? {};
  if (!isMapping(keys)) {
    throw new InputError(
      `Config ${file}: found no keys, accepted lines such as "steps: 300"`,
    );
  }
  const values = renameKeys(currentNames(keys), camelCase) as Mapping;
  return configSource(values, (path) => {
    const keys = cut(path.map((key) => snakeCase(key)).join("."));
    return `Config ${file}: ${keys}`;
  });
}
