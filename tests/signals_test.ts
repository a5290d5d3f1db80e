import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "./temporary_folder.ts";
import { writeTinyPipeline } from "./tiny_pipeline.ts";

const ignore = Deno.build.os === "windows"; // ./go is a shell script

/** Starts an endless infer with `start`, sends it `signal`, then ends it; resolves to how it ended. */
async function ended(
  [program = "", ...args]: readonly string[],
  folder: string,
  signal: Deno.Signal,
  { survives = false } = {},
) {
  const process = new Deno.Command(program, {
    args: [
      ...[...args, "infer", "--model", join(folder, "model"), "--steps=1000"],
      ...["--prompt", "a ring", "--out", join(folder, "clip.gif")],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let err = "";
  let sent = false;
  const text = process.stderr.pipeThrough(new TextDecoderStream());
  for await (const part of text) {
    err += part;
    if (!sent && /denoising/.test(err)) {
      sent = true;
      process.kill(signal);
      if (survives) setTimeout(() => process.kill("SIGTERM"), 2000);
    }
  }
  const { code } = await process.status;
  return { code, err };
}

Deno.test({
  name:
    "SIGTERM and a closed terminal end a command as Ctrl-C does, through ./go and deno task",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await writeTinyPipeline(join(folder, "model"));
      const cases: [string[], Deno.Signal, number][] = [
        [["./go"], "SIGTERM", 143],
        [["./go"], "SIGHUP", 129],
        [["deno", "task", "--quiet"], "SIGTERM", 143],
      ];
      for (const [start, signal, status] of cases) {
        const { code, err } = await ended(start, folder, signal);
        assert(err.endsWith("infer: Interrupted; no clip was written\n"), err);
        assertEquals(code, status);
      }
    }),
});

Deno.test({
  name: "a command under nohup outlives its terminal",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await writeTinyPipeline(join(folder, "model"));
      // The shell's own nohup: permission to run it would be one more.
      const go = join(folder, "go");
      const root = Deno.cwd();
      await Deno.writeTextFile(
        go,
        `trap '' HUP; cd '${root}'; exec ./go "$@"\n`,
      );
      const { code, err } = await ended(["sh", go], folder, "SIGHUP", {
        survives: true,
      });
      assertEquals(code, 143, err); // by the SIGTERM that came later
    }),
});
