import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Checkpoint } from "../io/checkpoint.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { openGpu } from "../gpu/device.ts";
import { Linear, type LinearLayer } from "../models/linears/linear.ts";
import type { QuantizationConfig } from "../models/packed/config.ts";
import { QuantContext } from "../models/quant/context.ts";
import { FakeLinear } from "../models/linears/fake_linear.ts";
import { loadPacked } from "../models/packed/load.ts";
import { packedCheckpoint } from "../models/packed/write.ts";
import { assertClose } from "./assert_close.ts";
import { GROUPS_OF_64, quantizationOf, randomLayer } from "./packed_layer.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

/** Deno hands LD_LIBRARY_PATH on only with permission to run anything. */
function python(args: readonly string[]): Deno.Command {
  const { LD_LIBRARY_PATH: _, ...env } = Deno.env.toObject();
  return new Deno.Command("python3", { args: [...args], env, clearEnv: true });
}

/** Why Python cannot be run here; empty if it can. */
function missing(): string {
  const run = { name: "run", command: "python3" } as const;
  if (Deno.permissions.querySync(run).state !== "granted") {
    return " (skipped: python3 may not be run)";
  }
  try {
    return python(["--version"]).outputSync().success
      ? ""
      : " (skipped: python3 does not start)";
  } catch {
    return " (skipped: there is no python3)";
  }
}

async function readerOfPage(): Promise<string> {
  const page = await Deno.readTextFile(
    new URL("../docs/packed-format.md", import.meta.url),
  );
  const block = /```python\n(.*?)```/s.exec(page)?.[1];
  assert(block !== undefined, "the page has no Python block");
  return block;
}

/** The weights of a model of one linear, as this program reads them. */
async function dequantised(
  folder: string,
  quantization: QuantizationConfig,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): Promise<Float32Array> {
  using gpu = await openGpu();
  using source = await Checkpoint.open(folder);
  const model: LinearLayer[] = [new Linear(inputs, outputs)];
  const context = new QuantContext();
  await loadPacked(gpu, model, source, { quantization, context, form: "fake" });
  const [layer] = model;
  assert(layer instanceof FakeLinear);
  return await layer.weight.read(gpu);
}

const reason = missing();

const CASES: [bits: number, groups: Partial<QuantizationConfig>][] = [
  [3, {}],
  [4, {}],
  [8, {}],
  [4, GROUPS_OF_64],
];

for (const [bits, groups] of CASES) {
  const how = groups.group_size ? ` in groups of ${groups.group_size}` : "";
  Deno.test({
    name:
      `the page's Python reader dequantises ${bits}-bit weights${how}${reason}`,
    ignore: reason !== "",
    fn: () =>
      inTemporaryFolder(async (parent) => {
        const folder = join(parent, "packed");
        const quantization = { ...quantizationOf(bits), ...groups };
        const size = { inputs: 75, outputs: 5 };
        const layers = new Map([["0", randomLayer(quantization, size)]]);
        await writeCheckpoint(
          folder,
          packedCheckpoint({
            config: {},
            quantization,
            layers,
            others: new Map(),
          }),
        );
        const ours = await dequantised(folder, quantization, size);
        const { group_size = 2 ** 32 } = quantization;
        const options = [size.inputs, bits, group_size];
        const script = [
          await readerOfPage(),
          "import sys",
          `rows = dequantise(sys.argv[1], "0", ${options})`,
          "print(json.dumps(list(rows)))",
        ].join("\n");
        const weights = join(folder, "diffusion_pytorch_model.safetensors");
        const output = await python(["-c", script, weights]).output();
        assertEquals(new TextDecoder().decode(output.stderr), "");
        const rows: number[][] = JSON.parse(
          new TextDecoder().decode(output.stdout),
        );
        assertEquals(rows.map((row) => row.length), new Array(5).fill(75));
        assertClose(rows.flat(), ours, { relToMax: 1e-6 });
      }),
  });
}

Deno.test("the page's Python reader has ten lines and needs only the standard library", async () => {
  const lines = (await readerOfPage()).split("\n").filter((l) => l !== "");
  assertEquals(lines.slice(1).length, 10);
  assertEquals(lines[0], "import json, struct");
});
