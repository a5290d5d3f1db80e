import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { decode } from "fast-png";
import { command as inferCommand, infer } from "../cli/infer.ts";
import { execute, type Run } from "../cli/main.ts";
import {
  type Command,
  flagName,
  type Flags,
  type Parsed,
} from "../cli/flags/flag_types.ts";
import { command, quantize } from "../cli/quantize.ts";
import { f32ToF16, fromBf16, toBf16 } from "../core/half.ts";
import { unpackCodes } from "../core/packing.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { Linear } from "../models/linears/linear.ts";
import { modulesOf } from "../models/module.ts";
import { declareTransformer } from "../models/transformers.ts";
import { assertCodes } from "./assert_codes.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";
import { writeTinyPipeline } from "./tiny_pipeline.ts";
import {
  TINY_CONFIG,
  type TinyTensor,
  tinyTensors,
} from "./tiny_transformer.ts";

/** Runs a command in this process; `out` and `err` are what it printed. */
async function run<F extends Flags>(
  command: Command<F>,
  main: (
    p: Parsed<F>,
    run: Run,
    print: (line: string) => void,
  ) => Promise<void>,
  args: readonly string[],
) {
  const written = { out: "", err: "" };
  const print = (text: string) => written.out += `${text}\n`;
  const status = await execute(
    command,
    (parsed, run) => main(parsed, run, print),
    ["--quiet", ...args],
    {
      out: print,
      err: (text) => written.err += `${text}\n`,
      onInterrupt: () => () => {},
    },
  );
  return { status, ...written };
}

/** The tiny transformer as QVGen's authors save theirs, its last layer left alone. */
function officialTensors(): Map<string, TinyTensor> {
  const tensors = tinyTensors();
  const network = declareTransformer(TINY_CONFIG, "config");
  const vector = (shape: number[], values: readonly number[]) =>
    ({ dtype: "F32", shape, data: Float32Array.from(values) }) as const;
  for (const [name, { inputs, outputs }] of modulesOf(Linear, network)) {
    if (name === "proj_out") continue;
    const w = tensors.get(`${name}.weight`)!;
    tensors.set(`${name}.w`, w);
    tensors.set(`${name}.b`, tensors.get(`${name}.bias`)!);
    tensors.delete(`${name}.weight`);
    tensors.delete(`${name}.bias`);
    const rows = Array.from({ length: outputs }, (_, n) => {
      const row = w.data.subarray(n * inputs, (n + 1) * inputs);
      const least = Math.min(...row);
      return { least, scale: (Math.max(...row) - least) / 15 };
    });
    const column = [outputs, 1];
    const scales = rows.map(({ scale }) => scale);
    tensors.set(`${name}.wquantizer.scale`, vector(column, scales));
    tensors.set(
      `${name}.wquantizer.zero_point`,
      vector(column, rows.map(({ least, scale }) => -least / scale)),
    );
    for (const part of ["upper", "lower"]) {
      const logits = Array.from({ length: 50 }, (_, i) => 2 + i / 50);
      tensors.set(`${name}.aquantizer.${part}`, vector([50], logits));
    }
  }
  return tensors;
}

Deno.test("an official checkpoint is packed into a model of its own, which generates the same clip", () =>
  inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    const official = join(folder, "official");
    const tensors = officialTensors();
    await writeCheckpoint(official, { config: TINY_CONFIG, tensors });
    const out = join(folder, "packed");
    const source = ["--model", model, "--transformer", official];
    const packed = await run(command, quantize, [
      ...source,
      ...["--bits", "W4A4", "--out", out, "--json"],
    ]);
    assertEquals([packed.status, packed.err], [0, ""]);
    const { layers, kept, bits } = JSON.parse(packed.out);
    assertEquals({ layers, kept, bits }, {
      layers: 25,
      kept: ["proj_out"],
      bits: "W4A4",
    });
    await Deno.remove(official, { recursive: true });
    const clip = async (name: string, flags: readonly string[]) => {
      const path = join(folder, name);
      const made = await run(inferCommand, infer, [
        ...["--prompt", "a red ring", "--seed", "3", "--steps", "1"],
        ...["--out", path],
        ...flags,
      ]);
      assertEquals([made.status, made.err], [0, ""]);
      const json = JSON.parse(await Deno.readTextFile(`${path}.json`));
      return { pixels: decode(await Deno.readFile(path)).data, json };
    };
    const own = await clip("own.png", ["--model", out]);
    assertEquals(own.json.precision, "packed");
    assertEquals(own.json.flow_grid, "old");
    await writeCheckpoint(official, { config: TINY_CONFIG, tensors });
    const direct = await clip("direct.png", [
      ...source,
      ...["--bits", "W4A4", "--flow-grid", "old"],
    ]);
    assertEquals(own.pixels, direct.pixels);
  }));

const FIXTURES = fromFileUrl(new URL("fixtures/pipelines", import.meta.url));

/** Quantises by rounding; the parsed result. */
async function rounded(model: string, out: string, flags: readonly string[]) {
  const { status, out: text, err } = await run(command, quantize, [
    ...["--method", "rtn", "--model", model, "--out", out, "--json"],
    ...flags,
  ]);
  assertEquals([status, err], [0, ""]);
  return JSON.parse(text);
}

const SMALL = ["--frames", "9", "--height", "32", "--width", "48"];

const ROUNDED = [
  ["wan-tiny", ["--bits", "W4A4"], 26],
  ["wan-tiny", ["--bits", "W3A3", "--group", "32"], 26],
  ["cogvideox-tiny", ["--bits", "W8A8"], 21],
  ["cogvideox-tiny", ["--bits", "W4A8", "--group", "32"], 21],
] as const;

for (const [name, flags, layers] of ROUNDED) {
  Deno.test(`${name} is rounded to ${flags.join(" ")}, generates, and is compared with its source`, () =>
    inTemporaryFolder(async (folder) => {
      const source = join(FIXTURES, name);
      const out = join(folder, "out");
      const result = await rounded(source, out, flags);
      assertEquals([result.layers, result.kept], [layers, []]);
      assertEquals(result.bits, flags[1]);
      const path = join(folder, "clip.png");
      const made = await run(inferCommand, infer, [
        ...["--model", out, "--prompt", "a cat", "--steps", "2"],
        ...["--seed", "1", "--out", path, "--json"],
        ...SMALL,
      ]);
      assertEquals([made.status, JSON.parse(made.out).precision], [
        0,
        "packed",
      ]);
      const prompts = join(folder, "prompts.txt");
      await Deno.writeTextFile(prompts, "a cat\n\na dog\n");
      const compared = await run(command, quantize, [
        ...["--method", "eval", "--model", out, "--source", source],
        ...["--prompts", prompts, "--steps", "1", "--seed", "4", "--json"],
        ...SMALL,
      ]);
      assertEquals([compared.status, compared.err], [0, ""]);
      const { clips, layers: errors } = JSON.parse(compared.out);
      assertEquals(
        clips.map((c: Record<string, unknown>) => [c["prompt"], c["seed"]]),
        [["a cat", 4], ["a dog", 5]],
      );
      const bits = Number(flags[1][1]);
      for (const { psnr, ssim, first_call_cosine } of clips) {
        assert(psnr > 8 && ssim > 0.3 && ssim <= 1, `${psnr} ${ssim}`);
        assert(first_call_cosine > 0.8 && first_call_cosine < 1.000001);
      }
      assertEquals(errors.length, layers);
      const largest = Math.max(
        ...errors.map(({ error }: { error: number }) => error),
      );
      // At most half a step of a range of a few standard deviations.
      assert(largest > 0 && largest < 2 / (2 ** bits - 1), `${largest}`);
    }));
}

/** The arguments of a page's commands that begin so, as typed. */
async function commandsOf(page: string, start: string): Promise<string[][]> {
  const url = new URL(`../docs/${page}`, import.meta.url);
  const lines = (await Deno.readTextFile(url)).split("\n");
  return lines.filter((line) => line.startsWith(`    ./go ${start} `))
    .map((line) => line.trim().split(" ").slice(2));
}

Deno.test("the page's commands round the embedded model and compare it, in words", () =>
  inTemporaryFolder(async (folder) => {
    const out = join(folder, "out");
    const typed = await commandsOf("quantize.md", "quantize --method");
    const [rtn, compare] = typed.map((args) =>
      args.map((arg) => arg === "tiny-w8a8" ? out : arg)
    );
    const written = await run(command, quantize, rtn!);
    assertEquals([written.status, written.err], [0, ""]);
    const { status, out: text } = await run(command, quantize, compare!);
    assertEquals(status, 0);
    const lines = text.split("\n");
    assert(lines[0]!.endsWith("SSIM   cosine  clip"), text);
    const mean = lines.find((line) => line.endsWith("mean"))!;
    const [psnr, ssim, cosine] = mean.trim().split(/ +/).map(Number);
    assert(psnr! > 35 && ssim! > 0.95 && cosine! > 0.999, mean);
    assert(text.includes("blocks.0.attn1.to_q"));
  }));

Deno.test("weights in bf16 and f16, in one file or several, are rounded as in f32", () =>
  inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    const half = new Map([...tinyTensors()].map(([name, { shape, data }]) => {
      const bits = Uint16Array.from(data, toBf16);
      return [name, { shape, bits, exact: Float32Array.from(bits, fromBf16) }];
    }));
    const results: Uint8Array[] = [];
    for (const dtype of ["F32", "BF16", "F16"] as const) {
      const tensors = new Map(
        [...half].map(([name, { shape, bits, exact }]) => {
          const data = { F32: exact, BF16: bits, F16: f32ToF16(exact) }[dtype];
          return [name, { dtype, shape, data }] as const;
        }),
      );
      const transformer = join(model, "transformer");
      await Deno.remove(transformer, { recursive: true });
      await writeCheckpoint(transformer, {
        config: TINY_CONFIG,
        tensors,
        ...(dtype === "BF16" && { maxShardBytes: 20_000 }),
      });
      const out = join(folder, dtype);
      await rounded(model, out, ["--bits", "W4A4"]);
      using packed = await Checkpoint.open(join(out, "transformer"));
      results.push(await packed.readBytes("blocks.1.ffn.net.2.qweight"));
    }
    assertEquals(results[1], results[0]);
    assertCodes(
      unpackCodes(new Uint32Array(results[2]!.buffer), {
        inputs: 140,
        bits: 4,
      }),
      unpackCodes(new Uint32Array(results[0]!.buffer), {
        inputs: 140,
        bits: 4,
      }),
    );
  }));

Deno.test("rtn and eval name what they cannot use and write nothing", () =>
  inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    const out = join(folder, "out");
    const packed = join(folder, "packed");
    await rounded(model, packed, ["--bits", "W4A4"]);
    const good = { method: "rtn", model, bits: "W4A4", out };
    const cogvideox = join(FIXTURES, "cogvideox-tiny");
    const none = join(folder, "none");
    await Deno.mkdir(none);
    await Deno.writeTextFile(
      join(none, "model_index.json"),
      JSON.stringify({ _class_name: "StableAudioPipeline" }),
    );
    const cases: [Record<string, string | undefined>, string][] = [
      [{ bits: "W9A4" }, 'Bits: found "W9A4", accepted 4, 3 or WxAy'],
      [{ bits: "W4A1" }, 'Bits: found "W4A1", accepted 4, 3 or WxAy'],
      [{ bits: undefined }, "Flag --bits is missing: --method rtn needs it"],
      [{ out: undefined }, "Flag --out is missing: --method rtn needs it"],
      [{ group: "48" }, "Group: found 48, accepted are multiples of 32 below"],
      [{ group: "160" }, "multiples of 32 below 140"],
      [{ group: "16" }, "--group"],
      [{ model: packed }, "is packed in W4A4 already, accepted is a model in"],
      [{ out: model }, "Cannot replace the folder"],
      [
        { model: none },
        "describes a StableAudioPipeline, accepted is WanPipeline",
      ],
      [
        { rangeRule: "timestep" },
        "Flag --range-rule: found timestep, accepted",
      ],
      [
        { transformer: "tests/fixtures/qvgen/wan_w4a4" },
        "is an official QVGen checkpoint",
      ],
      [{ method: undefined }, "Flag --method: found none, accepted is rtn"],
      [{ method: "svd" }, "Flag --method"],
      [
        { method: "eval", source: model },
        "Flag --bits: found W4A4, accepted is none with --method eval",
      ],
      [
        { ...evalOf(cogvideox), source: cogvideox },
        "is not quantised, accepted is a packed model",
      ],
      [
        { ...evalOf(packed), source: packed },
        "Precision: found f32 for",
      ],
      [
        { ...evalOf(packed), source: cogvideox },
        "was not made of",
      ],
      [evalOf(packed), "Flag --source is missing: --method eval needs it"],
    ];
    for (const [flags, message] of cases) {
      const args = Object.entries({ ...good, ...flags })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `--${flagName(name)}=${value}`);
      const { status, err } = await run(command, quantize, args);
      assertEquals(status, 2, `${args}: ${err}`);
      assert(err.includes(message), `${args}: ${err}`);
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, ["model", "none", "packed"]);
  }));

/** Flags of an evaluation in the place of those of rtn. */
function evalOf(model: string) {
  return { method: "eval", model, bits: undefined, out: undefined };
}

Deno.test("quantize names what it cannot use and writes nothing", () =>
  inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    const bad = "tests/fixtures/bad/qvgen_zero_point_missing";
    const out = join(folder, "packed");
    const good = { model, transformer: bad, bits: "W4A4", out };
    const cases: [Record<string, string>, string][] = [
      [{}, "blocks.0.attn1.to_q.wquantizer.zero_point is missing"],
      [{ transformer: join(model, "transformer") }, "is no official QVGen"],
      [{ bits: "W9A4" }, 'Bits: found "W9A4", accepted 4, 3 or WxAy'],
      [
        { transformer: "tests/fixtures/qvgen/wan_w4a4", bits: "W8A8" },
        "found weights of 8, packed are weights of 4 or 3",
      ],
      [
        { transformer: "tests/fixtures/qvgen/wan_w4a4", out: model },
        "Cannot replace the folder",
      ],
    ];
    for (const [flags, message] of cases) {
      const args = Object.entries({ ...good, ...flags })
        .map(([name, value]) => `--${name}=${value}`);
      const { status, err } = await run(command, quantize, args);
      assertEquals(status, 2, err);
      assert(err.includes(message), err);
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(left, ["model"]);
  }));
