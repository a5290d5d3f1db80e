/** An object as YAML and JSON know it: keys with values of any kind. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value is an object and no array. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `over` laid over `under`, key by key, mappings within mappings too. */
export function merge(under: Mapping, over: Mapping): Mapping {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMapping(below) && isMapping(value)
      ? merge(below, value)
      : value;
  }
  return merged;
}

/** `warm_up` to `warmUp`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `warmUp` to `warm_up`, or with another mark `warm-up`. */
export function snakeCase(name: string, mark = "_"): string {
  return name.replace(/[A-Z]/g, (letter) => mark + letter.toLowerCase());
}

/** The value with the keys of all its mappings renamed, those in lists too. */
export function renameKeys(
  value: unknown,
  rename: (name: string) => string,
): unknown {
  if (Array.isArray(value)) return value.map((v) => renameKeys(v, rename));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, v],
    ) => [rename(key), renameKeys(v, rename)]),
  );
}
