import { assertRejects } from "@std/assert";
import { join } from "@std/path";
import { f32ToF16 } from "../core/half.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { SafetensorsFile } from "../io/safetensors.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../io/safetensors_writer.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeTinyPipeline } from "../tests/tiny_pipeline.ts";
import { PipelineSource } from "./pipeline_source.ts";

const WEIGHTS = "diffusion_pytorch_model.safetensors";

/** Writes a file again with some of its tensors changed. */
async function rewrite(
  path: string,
  change: (
    name: string,
    values: Float32Array,
  ) => TensorToWrite["data"] | undefined,
  dtype: "F32" | "F16" = "F32",
): Promise<void> {
  const tensors = new Map<string, TensorToWrite>();
  {
    using file = await SafetensorsFile.open(path);
    for (const [name, info] of file.tensors) {
      const data = info.dtype === "U32"
        ? undefined
        : change(name, await file.readF32(name));
      tensors.set(
        name,
        data
          ? { dtype, shape: info.shape, data }
          : { ...info, data: await file.readBytes(name) },
      );
    }
  }
  await writeSafetensors(path, tensors);
}

async function generate(gpu: Gpu, folder: string): Promise<void> {
  const source = await PipelineSource.open(folder);
  const { pipeline } = await source.load(gpu);
  using _disposing = pipeline;
  await pipeline.generate({ prompt: "a ring", seed: 1 }, source.settings);
}

/** What is damaged, and what is said of it. */
const CASES: readonly [
  part: string,
  file: string,
  change: (name: string, values: Float32Array) => Float32Array | undefined,
  message: RegExp,
][] = [
  [
    "transformer_w4a4",
    WEIGHTS,
    (name, v) => name.endsWith(".scale") ? v.fill(3e38) : undefined,
    /tensor \S+\.scale is 3\.\d+e\+38 at element 0/,
  ],
  [
    "transformer_w4a4",
    WEIGHTS,
    (name, v) => name.endsWith(".zero") ? v.fill(3e38) : undefined,
    /tensor \S+\.zero is 3\.\d+e\+38 at element 0/,
  ],
  [
    "transformer_w4a4",
    WEIGHTS,
    (name, v) =>
      name.endsWith("blocks.1.ffn.net.2.scale") ? v.fill(1e7) : undefined,
    /blocks\.1\.ffn\.net\.2\.scale is 10000000 and .*\.zero .*weights of up to/,
  ],
  [
    "text_encoder",
    "model.safetensors",
    (_, v) => v.fill(1e30),
    /tensor \S+ is 1\.0*\d*e\+30 at element 0/,
  ],
  [
    "vae",
    WEIGHTS,
    (_, v) => v.fill(3e38),
    /tensor \S+ is 3\.\d+e\+38 at element 0/,
  ],
  [
    "vae",
    WEIGHTS,
    (name, v) => name === "mean" ? v.fill(1e11) : undefined,
    /The codec made a frame with the value \d+/,
  ],
];

Deno.test("weights that overflow are refused, not hidden by quantisation or clamping", async () => {
  using gpu = await openGpu();
  for (const [part, file, change, message] of CASES) {
    await inTemporaryFolder(async (folder) => {
      await writeTinyPipeline(folder);
      await rewrite(join(folder, part, file), change);
      const error = await assertRejects(() => generate(gpu, folder)) as Error;
      if (!message.test(error.message)) throw error;
    });
  }
});

Deno.test("a text encoder whose rows are absurd is refused by its folder", async () => {
  using gpu = await openGpu();
  await inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const path = join(folder, "text_encoder", "model.safetensors");
    await rewrite(path, (_, v) => f32ToF16(v.fill(60_000)), "F16");
    await assertRejects(
      () => generate(gpu, folder),
      Error,
      `The text encoder ${join(folder, "text_encoder")} made a row of zeros`,
    );
  });
});

Deno.test("text rows that are not finite are refused before a step is made", async () => {
  using gpu = await openGpu();
  await inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const source = await PipelineSource.open(folder);
    const { pipeline } = await source.load(gpu);
    using _disposing = pipeline;
    const [text, negative] = await pipeline.encode(["a ring", ""]);
    for (const value of [NaN, Infinity, 1e30]) {
      const rows = text!.slice();
      rows[rows.length - 1] = value;
      await assertRejects(
        () =>
          pipeline.latents(
            [{ text: rows, seed: 1 }],
            negative!,
            source.settings,
          ),
        Error,
        `A prompt has the value ${Math.fround(value)} in a row of text`,
      );
    }
  });
});

Deno.test("one flipped bit in packed weights is noticed by the tensor's name", async () => {
  using gpu = await openGpu();
  await inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const path = join(folder, "transformer_w4a4", WEIGHTS);
    const bytes = await Deno.readFile(path);
    for (const at of [0.3, 0.6, 0.99]) {
      const damaged = bytes.slice();
      const header = 8 +
        Number(new DataView(bytes.buffer).getBigUint64(0, true));
      damaged[header + Math.floor(at * (bytes.length - header))]! ^= 4;
      await Deno.writeFile(path, damaged);
      const error = await assertRejects(() => generate(gpu, folder)) as Error;
      if (!/tensor \S+ is damaged/.test(error.message)) throw error;
    }
  });
});

Deno.test("a flipped bit in a text encoder's table is noticed, whichever rows are read", async () => {
  using gpu = await openGpu();
  await inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const path = join(folder, "text_encoder", "model.safetensors");
    const bytes = await Deno.readFile(path);
    using file = await SafetensorsFile.open(path);
    const { end } = file.tensors.get("shared.weight")!;
    const body = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    bytes[body + end - 3]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assertRejects(
      () => generate(gpu, folder),
      Error,
      "tensor shared.weight is damaged",
    );
  });
});
