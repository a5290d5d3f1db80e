import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { resolveConfig } from "../../train/config/config.ts";
import { configFlags, flagSource } from "./config_flags.ts";
import { parseFlags } from "./flags.ts";
import { usage } from "./usage.ts";

const command = { name: "train", summary: "Trains.", flags: configFlags() };
const source = (...args: string[]) =>
  flagSource(parseFlags(command, args).flags);

Deno.test("flagSource() holds only the flags that were given", () => {
  const given = source(
    ...["--lr-low-rank=1e-3", "--betas", "0.8,0.9", "--resume", "--bits=3"],
  );
  assertEquals(given.values, {
    bits: "3",
    resume: true,
    lr: { lowRank: 1e-3 },
    betas: [0.8, 0.9],
  });
  assertEquals(resolveConfig([given]).bits, { weights: 3, activations: 3 });
});

Deno.test("flagSource() names the flag of a value that only the config refuses", () => {
  assertThrows(() => source("--bits", "16"), InputError, "Flag --bits: found");
  assertThrows(() => source("--rank=5"), InputError, 'Flag --rank: found "5"');
  assertThrows(() => source("--lr-ranges=2"), InputError, "Flag --lr-ranges");
});

Deno.test("configFlags() shows the defaults of the config in --help", () => {
  const text = usage(command);
  assertEquals(text.includes("--checkpoint-every N"), true);
  assertEquals(/--lr-ranges N .*default 0.01/.test(text), true, text);
  assertEquals(/--bits 4\|3\|WxAy .*default 4/.test(text), true, text);
});
