import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { type Command, defineCommand, type Flags } from "./flag_types.ts";
import { isAsked, parseFlags } from "./flags.ts";
import { usage } from "./usage.ts";

const command = defineCommand({
  name: "infer",
  summary: "Makes a clip from a prompt.",
  flags: {
    prompt: { type: "string", required: true, help: "What to show" },
    steps: { type: "integer", min: 1, max: 1000, default: 20, help: "Steps" },
    shift: { type: "number", help: "Flow shift" },
    sampler: {
      type: "enum",
      values: ["unipc", "euler"],
      default: "unipc",
      help: "Sampler",
    },
    json: { type: "boolean", default: false, help: "Print JSON" },
    tile: { type: "boolean", default: true, help: "Decode in tiles" },
    numVideos: { type: "integer", min: 1, default: 1, help: "Clips" },
    only: { type: "list", separator: ",", help: "Names" },
    betas: { type: "list", of: "number", separator: ",", length: 2, help: "B" },
  },
  positional: { name: "DIR", help: "Folders", min: 0, max: 2 },
  examples: ['--prompt "a red circle"'],
});

const parse = (...args: string[]) =>
  parseFlags(command, ["--prompt", "a cat", ...args]);

function refuses(args: string[], message: string) {
  assertThrows(() => parse(...args), InputError, message);
}

Deno.test("parseFlags() types its values and fills defaults", () => {
  const { flags, positionals } = parse(
    ...["--steps=5", "--shift", "-1.5", "--json", "--no-tile", "x"],
    ...["--num-videos", "3", "--only", "a, b", "--only=c", "--", "--y"],
  );
  const steps: number = flags.steps;
  const shift: number | undefined = flags.shift;
  const sampler: "unipc" | "euler" = flags.sampler;
  assertEquals([steps, shift, sampler], [5, -1.5, "unipc"]);
  assertEquals([flags.json, flags.tile, flags.numVideos], [true, false, 3]);
  assertEquals(flags.only, ["a", "b", "c"]);
  assertEquals(positionals, ["x", "--y"]);
  assertEquals(parse("-", "1e3").positionals, ["-", "1e3"]);
  assertEquals(parse("--json=false").flags.json, false);
  assertEquals(parse("--betas", "0.9,0.95").flags.betas, [0.9, 0.95]);
});

Deno.test("parseFlags() keeps empty values, equal signs and lines of a value", () => {
  const prompt = (...args: string[]) => parseFlags(command, args).flags.prompt;
  assertEquals(prompt("--prompt="), "");
  assertEquals(prompt("--prompt", "", "--json"), "");
  assertEquals(prompt("--prompt=a=b\nc"), "a=b\nc");
});

Deno.test("parseFlags() names the nearest flag to an unknown one", () => {
  refuses(["--stepz", "3"], "Unknown flag --stepz (did you mean --steps?)");
  refuses(["--no-jsn"], "Unknown flag --no-jsn (did you mean --no-json?)");
  refuses(["--no-steps"], "Unknown flag --no-steps");
  refuses(["--no-json=true"], "Unknown flag --no-json");
  refuses(["-x"], "Unknown flag -x");
  refuses(["--constructor"], "Unknown flag --constructor");
});

Deno.test("parseFlags() says what was found and what is accepted", () => {
  const range = "accepted an integer from 1 to 1000";
  refuses(["--steps", "ten"], `Flag --steps: found "ten", ${range}`);
  refuses(["--steps", "0"], `Flag --steps: found "0", ${range}`);
  refuses(["--steps", "1.5"], `Flag --steps: found "1.5", ${range}`);
  refuses(["--steps="], `Flag --steps: found "", ${range}`);
  refuses(["--shift", "NaN"], 'found "NaN", accepted a number');
  refuses(
    ["--sampler", "eular"],
    'found "eular", accepted unipc or euler (did you mean euler?)',
  );
  refuses(["--json=yes"], 'found "yes", accepted true or false');
  refuses(["--betas", "0.9"], 'found "0.9", accepted 2 values, each a number');
});

Deno.test("parseFlags() refuses missing, repeated and surplus values", () => {
  refuses(["--steps"], "Flag --steps: found no value, accepted an integer");
  refuses(["--steps", "--json"], "Flag --steps: found no value");
  refuses(["--steps=1", "--steps=2"], "Flag --steps: found 2 times");
  refuses(["--json", "--no-json"], "Flag --json: found 2 times");
  refuses(["--no-json", "--json"], "Flag --json: found 2 times");
  refuses(["x", "y", "z"], 'Unexpected argument "z": infer takes at most 2');
  const { flags } = command;
  assertThrows(
    () => parseFlags({ name: "infer", summary: "", flags }, ["a", "ring"]),
    InputError,
    'Unexpected argument "a": infer takes flags only; put the prompt in quotes behind --prompt',
  );
  assertThrows(
    () => parseFlags(command, []),
    InputError,
    "Missing flag --prompt: What to show",
  );
});

Deno.test("isAsked() looks no further than --", () => {
  assertEquals(isAsked(["--steps", "1", "-h"], "--help", "-h"), true);
  assertEquals(isAsked(["--", "--help"], "--help"), false);
});

Deno.test("usage() lists every flag with its bounds and default", () => {
  const text = usage(command, { columns: 100, call: "./go" });
  for (
    const line of [
      "Usage: ./go infer --prompt TEXT [DIR...] [flags]",
      "  --steps N                   Steps (1..1000; default 20)",
      "  --sampler unipc|euler       Sampler (default unipc)",
      "  --[no-]tile                 Decode in tiles",
      "  --num-videos N              Clips (>= 1; default 1)",
      "  --version                   Show the program's version",
      '  ./go infer --prompt "a red circle"',
    ]
  ) assertEquals(text.split("\n").includes(line), true, line);
});

Deno.test("every command takes --json, and its --help fits the terminal", async () => {
  const modules = await Promise.all([
    ...[import("../download.ts"), import("../infer.ts"), import("../info.ts")],
    ...[import("../parity.ts"), import("../pretrain.ts")],
    ...[import("../quantize.ts"), import("../train.ts")],
    ...[import("../../bench/prompt_following.ts")],
    ...[import("../../bench/full_size/main.ts")],
    ...[import("../../bench/peers/main.ts")],
  ]);
  const commands = modules.map(({ command }) => command as Command<Flags>);
  for (const { flags } of commands) {
    assertEquals(flags["json"]?.type, "boolean");
  }
  for (const columns of [40, 80, 100]) {
    for (const command of commands) {
      const lines = usage(command, { columns, call: "./go" }).split("\n");
      const long = lines.filter((line) => line.length > columns);
      // What is to be pasted is broken before flags only.
      assertEquals(long.filter((line) => !/^ {2,4}(\.\/go|--)/.test(line)), []);
      assertEquals(long.length === 0 || columns < 80, true, long.join("\n"));
    }
  }
});

Deno.test("usage() breaks examples so that they can be pasted", () => {
  const text = usage({
    ...command,
    examples: ['--prompt "a red circle moving right" --steps 20 --json'],
  }, { columns: 40, call: "deno task" });
  assertEquals(text.split("\n").slice(-3), [
    "  deno task infer \\",
    '    --prompt "a red circle moving right" \\',
    "    --steps 20 --json",
  ]);
});
