import { assertMatch } from "@std/assert";
import { denoCommand } from "../cli/deno_command.ts";

Deno.test("a bench of kernels runs and prints its table", async () => {
  const command = denoCommand(["bench", "--quiet", "kernels/ring_bench.ts"]);
  const { stdout, success } = await command.output();
  const text = new TextDecoder().decode(stdout);
  assertMatch(text, /^ring +16 statistics +[\d.e-]+ +[\d.]+ GB\/s/m);
  if (!success) throw new Error(text);
});
