import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { command, infer } from "../cli/infer.ts";
import { execute } from "../cli/main.ts";
import { denoCommand } from "../cli/deno_command.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";
import { writeTinyPipeline } from "./tiny_pipeline.ts";

/** Runs the command in this process; `out` and `err` are what it printed. */
async function run(...args: string[]) {
  const written = { out: "", err: "" };
  const print = (text: string) => written.out += `${text}\n`;
  const status = await execute(
    command,
    (parsed, run) => infer(parsed, run, print),
    ["--quiet", ...args],
    {
      out: print,
      err: (text) => written.err += `${text}\n`,
      onInterrupt: () => () => {},
    },
  );
  return { status, ...written };
}

function inModelFolder(body: (model: string, folder: string) => Promise<void>) {
  return inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    await body(model, folder);
  });
}

function assertMatches(text: string, pattern: RegExp) {
  assert(pattern.test(text), `${text} does not match ${pattern}`);
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("infer writes a clip and how it was made; the same seed gives the same bytes", () =>
  inModelFolder(async (model, folder) => {
    const make = async (name: string, seed: number) => {
      const out = join(folder, "new", name);
      const args = ["--model", model, "--prompt", "a red ring", "--json"];
      const { status, out: printed, err } = await run(
        ...args,
        `--seed=${seed}`,
        `--out=${out}`,
      );
      assertEquals([status, err], [0, ""]);
      return { bytes: await Deno.readFile(out), json: JSON.parse(printed) };
    };
    const first = await make("a.apng", 7);
    const second = await make("b.apng", 7);
    const third = await make("c.apng", 8);
    assertEquals(first.bytes, second.bytes);
    assert(first.bytes.toString() !== third.bytes.toString());
    const beside = join(folder, "new", "a.apng.json");
    const metadata = JSON.parse(await Deno.readTextFile(beside));
    assertEquals(metadata, {
      prompt: "a red ring",
      negative: "",
      seed: 7,
      steps: 3,
      guidance: 2,
      guidance_rule: "constant",
      shift: 2,
      sampler: "unipc",
      flow_grid: "new",
      frames: 4,
      height: 16,
      width: 16,
      scale: 16,
      written_height: 256,
      written_width: 256,
      fps: 8,
      model,
      precision: "packed",
      attention: "f32",
    });
    const inFile = new TextDecoder("latin1").decode(first.bytes);
    assert(inFile.includes(JSON.stringify(metadata)));
    const { file, seconds_a_step, peak_gpu_bytes, weight_bytes } = first.json;
    assertEquals(file, join(folder, "new", "a.apng"));
    assert(seconds_a_step > 0 && peak_gpu_bytes > weight_bytes);
    assert(weight_bytes > 0);
  }));

Deno.test("infer follows its flags and ends with one line", () =>
  inModelFolder(async (model, folder) => {
    const out = join(folder, "clip.gif");
    const transformer = join(model, "transformer");
    await Deno.writeTextFile(out, "an older clip");
    const { status, out: printed, err } = await run(
      ...["--model", model, "--prompt", "a red ring", "--out", out],
      ...["--transformer", transformer, "--precision", "f16"],
      ...["--sampler", "euler", "--steps", "2", "--guidance", "1"],
      "--attention=int8",
      ...["--shift", "3", "--frames", "2", "--width", "24", "--seed", "5"],
      "--scale=2",
    );
    assertEquals([status, err], [0, ""]);
    assertMatches(
      printed,
      /^\S+clip\.gif\n {2}seed 5, 2 steps, [\d.]+ m?s a step, GPU [\d.]+ [kM]B \(weights \d+ kB, f16\)\n$/,
    );
    assertEquals(
      new TextDecoder().decode(await Deno.readFile(out)).slice(0, 3),
      "GIF",
    );
    const json = JSON.parse(await Deno.readTextFile(`${out}.json`));
    const { sampler, steps, guidance, shift, frames, height, width } = json;
    assertEquals(json.attention, "int8");
    assertEquals(
      [json.scale, json.written_height, json.written_width],
      [2, 32, 48],
    );
    assertEquals(
      { sampler, steps, guidance, shift, frames, height, width },
      {
        sampler: "euler",
        steps: 2,
        guidance: 1,
        shift: 3,
        frames: 2,
        height: 16,
        width: 24,
      },
    );
  }));

Deno.test("infer writes a trace of its kernels, or their table", () =>
  inModelFolder(async (model, folder) => {
    const profiled = async (name: string) => {
      const { status, err } = await run(
        ...["--model", model, "--prompt", "a red ring", "--steps=1"],
        `--out=${join(folder, "clip.gif")}`,
        `--profile=${join(folder, name)}`,
      );
      assertEquals([status, err], [0, ""]);
      return await Deno.readTextFile(join(folder, name));
    };
    const { traceEvents } = JSON.parse(await profiled("trace.json"));
    const events: { name: string; pid: number; args?: { tensors: string } }[] =
      traceEvents;
    const phases = ["reading the prompt", "decoding and writing the clip"];
    for (const phase of phases) {
      assert(events.some(({ name, pid }) => name === phase && pid === 1));
    }
    const product = events.find(({ name }) => name.startsWith("matmul"));
    assertMatches(product!.args!.tensors, /^x f32\[\d+(,\d+)*\], w /);
    assertMatches(await profiled("table.txt"), /^kernel +calls +ms +share/);
  }));

Deno.test("infer makes clips of every prompt of a file, some of each, into a folder", () =>
  inModelFolder(async (model, folder) => {
    const prompts = join(folder, "prompts.txt");
    await Deno.writeTextFile(prompts, "a red ring\r\n\n a blue square \n");
    const out = join(folder, "new");
    const preview = join(folder, "shown", "now.png");
    const { status, out: printed, err } = await run(
      ...["--model", model, "--prompts", prompts, "--num-videos", "2"],
      ...["--seed", "5", "--out", out, "--preview", preview, "--json"],
    );
    assertEquals([status, err], [0, ""]);
    const made = [
      "1-a-red-ring-5.mp4",
      "1-a-red-ring-6.mp4",
      "2-a-blue-square-5.mp4",
      "2-a-blue-square-6.mp4",
    ];
    assertEquals(
      names(out),
      made.flatMap((name) => [name, `${name}.json`]).sort(),
    );
    const lines = printed.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(
      lines.map(({ file, prompt, seed }) => [file, prompt, seed]),
      made.map((name, i) => [
        join(out, name),
        i < 2 ? "a red ring" : "a blue square",
        5 + i % 2,
      ]),
    );
    const alone = join(folder, "alone.mp4");
    const again = await run(
      ...["--model", model, "--prompt", "a blue square", "--seed", "6"],
      ...["--out", alone],
    );
    assertEquals([again.status, again.err], [0, ""]);
    assertEquals(
      await Deno.readFile(alone),
      await Deno.readFile(join(out, made[3]!)),
    );
    const picture = await Deno.readFile(preview);
    assertEquals(new TextDecoder("latin1").decode(picture.slice(1, 4)), "PNG");
  }));

Deno.test("infer refuses wrong usage in one sentence and leaves nothing behind", () =>
  inModelFolder(async (model, folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const good = { model, prompt: "a red ring", out: join(folder, "c.gif") };
    const cases: [Record<string, string>, string][] = [
      [{ promt: "a" }, "Unknown flag --promt (did you mean --prompt?)"],
      [{ prompt: " " }, "Flag --prompt: found no words, accepted is a text"],
      [
        { prompts: file },
        "Flags --prompt and --prompts: found both, accepted is one of them",
      ],
      [
        { "num-videos": "3" },
        `Flag --out: found the file ${
          join(folder, "c.gif")
        }, accepted is a folder for several clips`,
      ],
      [
        { "num-videos": "3", out: folder, seed: "4294967294" },
        "Flag --seed: found 4294967294, accepted are at most 4294967293 for 3 videos",
      ],
      [
        { preview: join(folder, "now.gif") },
        `Flag --preview: found ${
          join(folder, "now.gif")
        }, accepted is a file that ends in .png`,
      ],
      [
        { model: "./nowhere/tiny" },
        "Flag --model: found ./nowhere/tiny, which is no folder; accepted is tiny or a diffusers folder",
      ],
      [
        { transformer: "./nowhere/tiny" },
        "Flag --transformer: found ./nowhere/tiny, which is no folder; accepted is a folder or a .safetensors file",
      ],
      [
        { frames: "5", height: "9", width: "20" },
        "The model makes no clips of 5 frames of 20x9; the nearest it makes is 4 frames of 16x8",
      ],
      [
        { out: join(folder, "c.mov") },
        `Cannot write a video as ${
          join(folder, "c.mov")
        }: it ends in .mov (did you mean .mp4?); accepted are .mp4, .webm, .gif, .apng, .png`,
      ],
      [
        { out: join(file, "c.gif") },
        `Cannot write ${join(file, "c.gif")}: ${file} is no folder`,
      ],
      [
        { scale: "1025" },
        "Cannot write a video 16400 pixels long, at most 16384 are possible",
      ],
      [
        { transformer: join(model, "transformer"), precision: "packed" },
        `Precision: found packed for ${
          join(model, "transformer")
        }, which is not quantised; accepted is f32 or f16`,
      ],
      [
        { profile: join(folder, "trace") },
        `Flag --profile: found ${
          join(folder, "trace")
        }, accepted is a file that ends in .json (trace) or .txt (table)`,
      ],
      [
        { sampler: "euler", flowGrid: "old" },
        "Unknown flag --flowGrid (did you mean --flow-grid?)",
      ],
      [
        { sampler: "euler", "flow-grid": "old" },
        "The old flow grid is UniPC's, Euler has none",
      ],
    ];
    for (const [flags, message] of cases) {
      const args = Object.entries({ ...good, ...flags })
        .map(([name, value]) => `--${name}=${value}`);
      const result = await run(...args);
      const expected = { status: 2, out: "", err: `infer: ${message}\n` };
      assertEquals(result, expected);
    }
    assertEquals(names(folder), ["file", "model"]);
  }));

Deno.test("infer says what is wrong with a model folder and writes nothing", () =>
  inModelFolder(async (model, folder) => {
    const weights = "transformer_w4a4/diffusion_pytorch_model.safetensors";
    const edit = async (name: string, change: (text: string) => string) => {
      const path = join(model, name);
      // Latin-1 keeps every byte, so that weights can be edited as text.
      const old = await Deno.readFile(path);
      const text = change(new TextDecoder("latin1").decode(old));
      await Deno.writeFile(path, Uint8Array.from(text, (c) => c.charCodeAt(0)));
      return () => Deno.writeFile(path, old);
    };
    const cases: [string, (text: string) => string, RegExp][] = [
      ["model_index.json", () => "{", /model_index\.json/],
      [
        "model_index.json",
        (text) => text.replace("WanPipeline", "FluxPipeline"),
        /model_index\.json describes a FluxPipeline, accepted is WanPipeline or CogVideoXPipeline/,
      ],
      [
        "transformer_w4a4/config.json",
        (text) => text.replace('"num_layers": 2', '"num_layers": "2"'),
        /config\.json.*num_layers/,
      ],
      [
        "transformer_w4a4/config.json",
        (text) => text.replace('"ffn_dim": 140', '"ffn_dim": 150'),
        /weights of .*transformer_w4a4.* misshapen/,
      ],
      [
        "transformer_w4a4/config.json",
        (text) => text.replace('"text_dim": 36', '"text_dim": 72'),
        /transformer_w4a4 does not fit .*: it takes 72 columns of text, the text encoder makes 36/,
      ],
      [
        weights,
        (text) =>
          text.replace("patch_embedding.weight", "patch_embedding.wrong1"),
        /diffusion_pytorch_model\.safetensors: its header is damaged/,
      ],
      [
        weights,
        (text) => text.slice(0, -1) + (text.at(-1) === "a" ? "b" : "a"),
        /diffusion_pytorch_model\.safetensors: tensor \S+ is damaged/,
      ],
      [weights, (text) => text.slice(0, -5), /diffusion_pytorch_model/],
      [
        "vae/config.json",
        (text) => text.replace("PatchCodec", "AutoencoderKLWan"),
        /names the class "AutoencoderKLWan", accepted is PatchCodec/,
      ],
    ];
    for (const [name, change, message] of cases) {
      const restore = await edit(name, change);
      const out = join(folder, "clip.gif");
      const result = await run(
        ...["--model", model, "--prompt", "a ring", "--out", out],
      );
      assertEquals([result.status, result.out], [2, ""], result.err);
      assertMatches(result.err, message);
      assertEquals(result.err.split("\n").length, 2, result.err);
      await restore();
    }
    assertEquals(names(folder), ["model"]);
  }));

/** The command as users start it, with progress, in a process of its own. */
function child(args: readonly string[], env: Record<string, string> = {}) {
  const permissions = [
    "--allow-read",
    "--allow-write",
    "--allow-env=INIT_CWD,QVGEN_DEBUG,PATH",
  ];
  return denoCommand(["run", ...permissions, "cli/infer.ts", ...args], {
    stdout: "piped",
    stderr: "piped",
    env,
  }).spawn();
}

Deno.test("infer names unknown words and goes on; interrupted it ends with 130", () =>
  inModelFolder(async (model, folder) => {
    const process = child([
      ...["--model", model, "--prompt", "a shiny ring", "--steps", "1000"],
      ...["--out", join(folder, "clip.gif")],
    ]);
    let err = "";
    const decoder = new TextDecoderStream();
    for await (const text of process.stderr.pipeThrough(decoder)) {
      err += text;
      if (/denoising/.test(text)) process.kill("SIGINT");
    }
    const { code } = await process.status;
    await process.stdout.cancel();
    assertMatches(
      err,
      /infer: The model never saw shiny; it knows: a red green/,
    );
    assertMatches(err, /infer: Interrupted; no clip was written\n$/);
    assertEquals(code, 130);
    assertEquals(names(folder), ["model"]);
  }));

Deno.test("infer ends with 3 where there is no adapter, warnings told though quiet", () =>
  inModelFolder(async (model, folder) => {
    const { code, stdout, stderr } = await child(
      [
        ...["--model", model, "--prompt", "a shiny ring", "--quiet", "--json"],
        ...["--out", join(folder, "clip.gif")],
      ],
      // A backend that this system does not have.
      { DENO_WEBGPU_BACKEND: Deno.build.os === "darwin" ? "dx12" : "metal" },
    ).output();
    assertMatches(
      new TextDecoder().decode(stderr),
      /infer: Cannot open a GPU: no WebGPU adapter was found/,
    );
    assertMatches(
      new TextDecoder().decode(stderr),
      /^infer: The model never saw shiny/m,
    );
    const { command, status } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([code, command, status], [3, "infer", 3]);
    assertEquals(names(folder), ["model"]);
  }));
