import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { command, infer } from "../cli/infer.ts";
import { execute } from "../cli/main.ts";
import { findProgram } from "../io/video/ffmpeg.ts";
import { probeVideo } from "../io/video/probe.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

const FIXTURES = fromFileUrl(new URL("./fixtures/pipelines", import.meta.url));
const PROMPT = "A red fox walks slowly across a snowy field";
const probes = await findProgram("ffprobe") !== undefined;

/** Runs the command; the status, and all that it printed. */
async function run(...args: string[]) {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const status = await execute(
    command,
    (parsed, run) => infer(parsed, run, print),
    ["--quiet", "--steps=2", "--seed=1", `--prompt=${PROMPT}`, ...args],
    { out: print, err: print, onInterrupt: () => () => {} },
  );
  return { status, text: printed.join("\n") };
}

/** A folder of each family, and sizes that it does not make. */
const FAMILIES = [
  {
    name: "wan-tiny",
    frames: 5,
    wrong: ["--frames=6", "--height=40", "--width=48"],
    nearest: "5 frames of 48x32",
  },
  {
    name: "cogvideox-tiny",
    frames: 9,
    wrong: ["--frames=12", "--height=32", "--width=50"],
    nearest: "9 frames of 48x32",
  },
];

for (const { name, frames, wrong, nearest } of FAMILIES) {
  const model = join(FIXTURES, name);

  Deno.test(`infer makes a video with the folder ${name}`, () =>
    inTemporaryFolder(async (folder) => {
      const out = join(folder, "fox.mp4");
      const size = [`--frames=${frames}`, "--height=32", "--width=48"];
      const preview = join(folder, "now.png");
      const { status, text } = await run(
        ...["--model", model, "--out", out, "--preview", preview, "--json"],
        ...size,
      );
      assertEquals(status, 0, text);
      const { peak_gpu_bytes, weight_bytes } = JSON.parse(text);
      assert(peak_gpu_bytes > weight_bytes && weight_bytes > 0);
      assert((await Deno.stat(preview)).size > 1000);
      if (!probes) return;
      const { codec, width, height, frames: shown } = await probeVideo(out);
      assertEquals(
        { codec, width, height, shown },
        { codec: "h264", width: 288, height: 192, shown: frames },
      );
    }));

  Deno.test(`infer names the nearest size that ${name} makes`, () =>
    inTemporaryFolder(async (folder) => {
      const out = join(folder, "fox.mp4");
      const { status, text } = await run(
        ...["--model", model, "--out", out],
        ...wrong,
      );
      assertEquals(status, 2);
      assert(text.endsWith(`the nearest it makes is ${nearest}`), text);
    }));
}
