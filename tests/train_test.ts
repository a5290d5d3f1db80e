import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "@std/path";
import { command as inferCommand, infer } from "../cli/infer.ts";
import { execute } from "../cli/main.ts";
import { command, train } from "../cli/train.ts";
import { findProgram } from "../io/video/ffmpeg.ts";
import { listCheckpoints } from "../train/checkpoint.ts";
import { readMetrics } from "../train/logs/metrics.ts";
import { denoCommand } from "../cli/deno_command.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";
import { writeTinyTeacher } from "./tiny_run.ts";

/** Runs `train` in this process; `out` and `err` are what it printed. */
async function run(...args: string[]) {
  const written = { out: "", err: "" };
  const print = (text: string) => written.out += `${text}\n`;
  const status = await execute(
    command,
    (parsed, run) => train(parsed, run, print),
    ["--quiet", ...args],
    {
      out: print,
      err: (text) => written.err += `${text}\n`,
      onInterrupt: () => () => {},
    },
  );
  return { status, ...written };
}

/** The command as users start it, in a process of its own. */
function child(...args: string[]) {
  const permissions = [
    "--allow-read",
    "--allow-write",
    "--allow-env=INIT_CWD,QVGEN_DEBUG,PATH",
  ];
  return denoCommand(["run", ...permissions, "cli/train.ts", ...args], {
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** Sends a signal once `ready` holds; the process' status and what it wrote to stderr. */
async function signalled(
  process: Deno.ChildProcess,
  signal: Deno.Signal,
  ready: () => Promise<boolean>,
) {
  let ended = false;
  const output = process.output().finally(() => ended = true);
  while (!ended && !await ready()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (!ended) process.kill(signal);
  const { code, signal: by, stderr } = await output;
  return { code, by, err: new TextDecoder().decode(stderr) };
}

function inModelFolder(body: (model: string, folder: string) => Promise<void>) {
  return inTemporaryFolder(async (folder) =>
    await body(await writeTinyTeacher(folder), folder)
  );
}

function assertMatch(text: string, pattern: RegExp) {
  assert(pattern.test(text), `${text} does not match ${pattern}`);
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

const SHORT = ["--steps=5", "--rank=2", "--batch=2", "--log-every=1"];

Deno.test("train ends without Phi, in a packed model that generates, with samples and a report", () =>
  inModelFolder(async (model, folder) => {
    const out = join(folder, "run");
    const result = await run("--model", model, "--out", out, ...SHORT);
    assertEquals([result.status, result.err], [0, ""]);
    assertMatch(
      result.out,
      /^\S+run\/model\n {2}5 steps, loss [\d.]+, GPU [\d.]+ [kM]B, report\s+\S+report\.html\n$/,
    );
    const metrics = readMetrics(join(out, "metrics.jsonl"));
    assertEquals(metrics.map(({ rank }) => rank), [2, 2, 1, 1, 0]);
    const clips = [1, 2, 3, 4].flatMap((i) =>
      ["student", "teacher"].flatMap((name) =>
        ["apng", "png"].map((ending) => `${i}-${name}.${ending}`)
      )
    );
    assertEquals(names(join(out, "samples")), clips);
    const report = await Deno.readTextFile(join(out, "report.html"));
    assert(report.includes("student: a red circle moving right"));
    const clip = join(folder, "clip.gif");
    let line = "";
    const status = await execute(
      inferCommand,
      (parsed, run) => infer(parsed, run, (text) => line = text),
      ["--quiet", `--model=${out}/model`, "--prompt=a ring", `--out=${clip}`],
    );
    assertEquals(status, 0);
    assertMatch(line, /, W4A4\)$/);
    assert((await Deno.stat(clip)).size > 0);
  }));

Deno.test("a run killed at any step goes on to the same losses and the same packed bytes", () =>
  inModelFolder(async (model, folder) => {
    const flags = ["--steps=24", "--rank=2", "--batch=2"];
    const often = ["--log-every=1", "--checkpoint-every=3"];
    const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
    const to = (out: string) => ["--model", model, "--out", out, ...flags];
    assertEquals((await run(...to(whole))).status, 0);

    const process = child(...to(killed), ...often);
    const checkpoints = join(killed, "checkpoints");
    const least = 1 + Math.floor(Math.random() * 4); // checkpoints
    const reached = async () => {
      const newest = (await listCheckpoints(checkpoints)).at(-1);
      if (newest === undefined || newest.steps < 3 * least) return false;
      await new Promise((r) => setTimeout(r, Math.random() * 200));
      return true;
    };
    const { by } = await signalled(process, "SIGKILL", reached);
    assertEquals(by, "SIGKILL");
    // As if steps after the checkpoint had been logged already.
    const path = join(killed, "metrics.jsonl");
    const [line] = (await Deno.readTextFile(path)).split("\n", 1);
    const lost = line!.replace('"step":1,', '"step":23,') + '\n{"step":24,"lo';
    await Deno.writeTextFile(path, lost, { append: true });

    const { status: code, err } = await run(
      ...to(killed),
      ...often,
      "--resume",
    );
    assertEquals([code, err], [0, ""]);
    const exact = (folder: string) =>
      readMetrics(join(folder, "metrics.jsonl")).map(
        ({ step, loss, gradNorm, norms }) => ({ step, loss, gradNorm, norms }),
      );
    assertEquals(exact(killed), exact(whole));
    const weights = "model/transformer/diffusion_pytorch_model.safetensors";
    assertEquals(
      await Deno.readFile(join(killed, weights)),
      await Deno.readFile(join(whole, weights)),
    );
    assertEquals(
      names(checkpoints),
      ["step-00000021.safetensors", "step-00000024.safetensors"],
    );
  }));

Deno.test("train interrupted saves the step under way and ends with 130", () =>
  inModelFolder(async (model, folder) => {
    const out = join(folder, "run");
    const process = child(
      ...["--model", model, "--out", out, "--batch=1", "--rank=2"],
      ...["--steps=100000", "--log-every=1"],
    );
    const metrics = join(out, "metrics.jsonl");
    const begun = async () =>
      (await Deno.stat(metrics).catch(() => null))?.size;
    const { code, err } = await signalled(
      process,
      "SIGINT",
      async () => (await begun() ?? 0) > 0,
    );
    assertEquals(code, 130);
    assertMatch(
      err,
      /train: Interrupted; \d+ steps are saved in \S+step-\d+\.safetensors; go on with the same command and --resume\n$/,
    );
    const saved = await listCheckpoints(join(out, "checkpoints"));
    const { length } = readMetrics(metrics);
    assertEquals(saved.map(({ steps }) => steps), [length]);
    const report = await Deno.readTextFile(join(out, "report.html"));
    assert(report.includes("qvgen W4A4"));
  }));

Deno.test("train refuses wrong usage in one sentence and leaves nothing behind", () =>
  inModelFolder(async (model, folder) => {
    const write = async (name: string, text: string) => {
      const path = join(folder, name);
      await Deno.writeTextFile(path, text);
      return path;
    };
    const unknown = await write("unknown.yaml", "lr:\n  wieghts: 1\n");
    const wrong = await write("wrong.yaml", "steps: many\n");
    const before = names(folder);
    const out = join(folder, "run");
    const good = { model, out };
    const cases: [Record<string, string>, string][] = [
      [{ stesp: "4" }, "Unknown flag --stesp (did you mean --steps?)"],
      [
        { steps: "many" },
        'Flag --steps: found "many", accepted an integer of at least 1',
      ],
      [
        { bits: "5" },
        'Flag --bits: found "5", accepted 4, 3 or WxAy with 3 or 4 bit weights (as W4A6)',
      ],
      [
        { method: "qvgne" },
        'Flag --method: found "qvgne", accepted qvgen, naive or full (did you mean qvgen?)',
      ],
      [
        { steps: "5" },
        "Config: found 5 steps with rank 32, accepted at least 7: 6 phases and a step without Phi",
      ],
      [
        { config: join(folder, "none.yaml") },
        `Config ${join(folder, "none.yaml")}: found no such file`,
      ],
      [
        { config: unknown },
        `Config ${unknown}: lr.wieghts: found an unknown key (did you mean weights?)`,
      ],
      [
        { config: wrong },
        `Config ${wrong}: steps: found "many", accepted an integer of at least 1`,
      ],
      [
        { model: "./nowhere/tiny" },
        "Flag --model: found ./nowhere/tiny, which is no folder; accepted is tiny or a diffusers folder",
      ],
      [
        { data: join(folder, "none") },
        `Data folder ${join(folder, "none")} does not exist`,
      ],
      [
        { height: "32" },
        "Flag --height: found 32, this model trains on 24",
      ],
      [
        { out: unknown },
        `Cannot write ${unknown}: ${unknown} is no folder`,
      ],
      [
        { resume: "true" },
        `Flag --resume: found no checkpoint in ${
          join(out, "checkpoints")
        }; begin without it`,
      ],
    ];
    for (const [flags, message] of cases) {
      const args = Object.entries({ ...good, ...flags })
        .map(([name, value]) => `--${name}=${value}`);
      const result = await run(...args);
      const expected = { status: 2, out: "", err: `train: ${message}\n` };
      assertEquals(result, expected);
    }
    assertEquals(names(folder), before);
  }));

Deno.test("train refuses a checkpoint that was made otherwise or is damaged", () =>
  inModelFolder(async (model, folder) => {
    const out = join(folder, "run");
    const args = ["--model", model, "--out", out, ...SHORT];
    assertEquals((await run(...args)).status, 0);
    const path = join(out, "checkpoints", "step-00000005.safetensors");
    const refused = async (message: RegExp, ...more: string[]) => {
      const { status, err } = await run(...args, "--resume", ...more);
      assertEquals(status, 2);
      assertMatch(err, message);
      assertEquals(err.split("\n").length, 2, err);
    };
    await refused(
      /Flag --resume: found lr\.ranges 0\.5, accepted is 0\.01, with which \S+step-00000005\.safetensors was made/,
      "--lr-ranges=0.5",
    );
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, 5000));
    await refused(/step-00000005\.safetensors/);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    await refused(/step-00000005\.safetensors: tensor \S+ is damaged/);
    const packed = await run("--model", join(out, "model"), "--out", out);
    assertEquals(packed.status, 2);
    assertMatch(packed.err, /transformer is quantised already/);
  }));

Deno.test({
  name:
    "train learns from a folder of captioned clips, and refuses what is none",
  ignore: await findProgram("ffprobe") === undefined ||
    await findProgram("ffmpeg") === undefined,
  fn: () =>
    inModelFolder(async (model, folder) => {
      const data = join(folder, "data");
      await Deno.mkdir(data);
      const videos = ["bunny_a.mp4", "bunny_b.webm"].map((name) =>
        resolve("tests/fixtures/video", name)
      );
      const write = (name: string, lines: string[]) =>
        Deno.writeTextFile(join(data, name), lines.join("\n"));
      await write("videos.txt", videos);
      const long = "a rabbit stretches ".repeat(9); // it is cut
      await write("prompts.txt", ["a rabbit", long]);
      const args = ["--model", model, "--data", data, ...SHORT];
      const out = join(folder, "run");
      const { status, err } = await run(...args, "--out", out);
      assertEquals([status, err], [0, ""]);
      const report = await Deno.readTextFile(join(out, "report.html"));
      assert(report.includes("teacher: a rabbit stretches"));

      await write("prompts.txt", ["a rabbit", "text"]);
      await write("videos.txt", [videos[0]!, join(data, "prompts.txt")]);
      const text = await run(...args, "--out", join(folder, "other"));
      assertEquals(text.status, 2);
      assertMatch(text.err, /prompts\.txt is no video/);
      assertEquals(names(folder), ["data", "model", "run"]);
    }),
});
