import { assert } from "@std/assert";
import { denoCommand } from "../cli/deno_command.ts";

Deno.test("a bench of kernels runs and prints its table", async () => {
  const command = denoCommand(["bench", "--quiet", "kernels/ring_bench.ts"]);
  const { stdout, success } = await command.output();
  const text = new TextDecoder().decode(stdout);
  const row = /^ring +16 statistics +[\d.e-]+ +[\d.]+ GB\/s/m;
  assert(success && row.test(text), text);
});
