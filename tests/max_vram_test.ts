import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { command, infer } from "../cli/infer.ts";
import { execute } from "../cli/main.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";
import { writeTinyPipeline } from "./tiny_pipeline.ts";

Deno.test("infer --max-vram streams blocks, says so, and makes the same clip; a limit too low is refused with the least", () =>
  inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    const run = async (name: string, ...args: string[]) => {
      const out = join(folder, name);
      const written = { said: "", err: "" };
      const status = await execute(
        command,
        (parsed, run) => infer(parsed, run, (line) => written.said += line),
        ["--quiet", "--model", model, "--prompt=a red ring", "--seed=7"].concat(
          ["--precision=f32", `--out=${out}`, ...args],
        ),
        {
          out: () => {},
          err: (text) => written.err += text,
          onInterrupt: () => () => {},
        },
      );
      return { status, ...written, out };
    };
    const low = await run("low.apng", "--max-vram", "10 KB");
    assertEquals(low.status, 2);
    const [, least] = /take at least (\d+)/.exec(low.err)!;
    const streamed = await run("streamed.apng", "--max-vram", least!);
    assertEquals([streamed.status, streamed.err], [0, ""]);
    assert(streamed.said.includes("2 blocks read"), streamed.said);
    const whole = await run("whole.apng");
    assertEquals([whole.status, whole.err], [0, ""]);
    const bytes = (path: string) => Deno.readFile(path);
    assertEquals(await bytes(streamed.out), await bytes(whole.out));
  }));
