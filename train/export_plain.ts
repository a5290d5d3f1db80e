import type { Gpu } from "../gpu/device.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { parameters } from "../models/module.ts";
import { download } from "../models/save.ts";
import type { WanTransformer3DModel } from "../models/wan/transformer.ts";

/** Writes a transformer without quantisers, in f32, under diffusers' names. */
export async function exportPlain(
  gpu: Gpu,
  folder: string,
  transformer: WanTransformer3DModel,
): Promise<void> {
  await writeCheckpoint(folder, {
    config: { _class_name: "WanTransformer3DModel", ...transformer.config },
    tensors: await download(gpu, parameters(transformer)),
  });
}
