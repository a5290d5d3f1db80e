/**
 * Deno with these arguments and this environment's Vulkan driver. Where the
 * driver was unpacked beside the project, LD_LIBRARY_PATH leads to it; Deno
 * hands that variable on only with permission to run anything, so the child
 * goes through ./go, which sets it again.
 */
export function denoCommand(
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "clearEnv"> = {},
): Deno.Command {
  const { LD_LIBRARY_PATH, ...env } = Deno.env.toObject();
  if (LD_LIBRARY_PATH === undefined || Deno.build.os === "windows") {
    return new Deno.Command("deno", { ...options, args: [...args] });
  }
  return new Deno.Command("./go", {
    ...options,
    args: ["deno", ...args],
    env: { ...env, ...options.env },
    clearEnv: true,
  });
}
