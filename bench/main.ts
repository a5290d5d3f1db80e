// Benches of whole steps and whole pictures: `./go bench NAME [flags]`.
import { hint, InputError } from "../core/errors.ts";
import { defineCommand } from "../cli/flags/flag_types.ts";
import { runCommand } from "../cli/main.ts";
import { denoCall } from "../cli/program.ts";

/** The benches by name; a module is loaded when its turn comes. */
const BENCHES = new Map([
  ["--peers", async (args: readonly string[]) => {
    const { besidePeers, command } = await import("./peers/main.ts");
    return await runCommand(command, besidePeers, args);
  }],
  ["forms", async (args: readonly string[]) => {
    const { command, timeForms } = await import("./forms.ts");
    return await runCommand(command, timeForms, args);
  }],
  ["full-size", async (args: readonly string[]) => {
    const { command, fullSize } = await import("./full_size/main.ts");
    return await runCommand(command, fullSize, args);
  }],
  ["plan", async (args: readonly string[]) => {
    const { command, planBench } = await import("./plan/main.ts");
    return await runCommand(command, planBench, args);
  }],
  ["prompts", async (args: readonly string[]) => {
    const { command, promptFollowing } = await import("./prompt_following.ts");
    return await runCommand(command, promptFollowing, args);
  }],
]);

const command = defineCommand({
  name: "bench",
  summary:
    `Measures whole steps and whole clips; kernels are measured by \`${denoCall()} bench kernels\`.`,
  flags: {},
  positional: {
    name: "NAME",
    help: `one of ${
      [...BENCHES.keys()].join(", ")
    }; NAME --help tells its flags`,
    min: 1,
    max: 1,
  },
  examples: ["prompts --limit 24"],
});

const asked = Deno.args.includes("--peers") ? "--peers" : Deno.args[0] ?? "";
await BENCHES.get(asked)?.(Deno.args.filter((arg) => arg !== asked));
await runCommand(command, () => {
  const names = [...BENCHES.keys()];
  throw new InputError(
    `There is no bench ${asked}${hint(asked, names)}, accepted are ${
      names.join(", ")
    }`,
  );
});
