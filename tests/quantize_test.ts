import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { decode } from "fast-png";
import { command as inferCommand, infer } from "../cli/infer.ts";
import { execute, type Run } from "../cli/main.ts";
import type { Command, Flags, Parsed } from "../cli/flags/flag_types.ts";
import { command, quantize } from "../cli/quantize.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { Linear } from "../models/linears/linear.ts";
import { modulesOf } from "../models/module.ts";
import { declareTransformer } from "../models/transformers.ts";
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
