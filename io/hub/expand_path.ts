/** An environment variable, undefined when unset. */
export type Env = (name: string) => string | undefined;

/** A path whose `~` at the start is replaced by the home, where one is known. */
export function atHome(path: string, env: Env): string {
  const home = env("HOME") || env("USERPROFILE");
  return home ? path.replace(/^~(?=$|[/\\])/, () => home) : path;
}

/**
 * A path from the environment with `~` at its start and `$NAME` or `${NAME}`
 * anywhere replaced, as Python's expanduser and expandvars do, since no shell
 * does so in .env files and unit files. What is not set stays as it is.
 */
export function expandPath(path: string, env: Env): string {
  return atHome(path, env).replace(
    /\$(?:(\w+)|\{([^}]+)\})/g,
    (whole, bare, braced) => env(bare ?? braced) ?? whole,
  );
}
