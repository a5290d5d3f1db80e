import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import cogVideoX2B from "../models/configs/CogVideoX-2B.json" with {
  type: "json",
};
import cogVideoX15 from "../models/configs/CogVideoX1.5-5B.json" with {
  type: "json",
};
import wan from "../models/configs/Wan2.1-T2V-1.3B.json" with { type: "json" };
import { declareTransformer } from "../models/transformers.ts";
import { declareVae } from "../models/vae/open.ts";
import { latentLayout } from "./clip_size.ts";
import type { VideoCodec } from "./video_codec.ts";
import { defaultSize } from "./default_size.ts";
import { vaeLatentShape } from "../models/vae/video_vae.ts";

/** Sizes that a published model takes, each beside the nearest that it makes and its latents. */
const MODELS = [
  {
    name: "Wan2.1",
    configs: wan,
    fps: 16,
    default: [16, 21, 60, 104],
    wrong: [16, 470, 840],
    nearest: "17 frames of 832x464",
  },
  {
    name: "CogVideoX-2B",
    configs: cogVideoX2B,
    fps: 8,
    default: [16, 13, 60, 90],
    // 13 are nearer, but their 4 latent frames become 16.
    wrong: [14, 481, 712],
    nearest: "16 frames of 704x480",
  },
  {
    name: "CogVideoX 1.5",
    configs: cogVideoX15,
    fps: 16,
    default: [16, 22, 96, 170],
    wrong: [80, 768, 1368],
    nearest: "80 frames of 1360x768",
  },
];

for (const { name, configs, fps, wrong, nearest, ...expected } of MODELS) {
  const network = declareTransformer(configs.transformer as JsonObject, name);
  const config = configs.vae as JsonObject;
  const model = declareVae({ config, path: name });
  const codec: VideoCodec = {
    defaultSize: defaultSize(network),
    firstFrames: 1,
    onGpu: true,
    latentShape: (size) => vaeLatentShape(model, size),
    decodedFrames: (latents) => model.decodedFrames(latents),
    decode: () => {
      throw new Error("nothing is decoded");
    },
  };

  Deno.test(`${name} makes clips of its authors' size by default`, () => {
    assertEquals(codec.defaultSize, { ...configs.default, fps });
    const { shape, extra, frames } = latentLayout(
      codec,
      network.patch,
      configs.default,
    );
    assertEquals(shape, expected.default as typeof shape);
    assertEquals(frames, configs.default.frames);
    assertEquals(extra, name === "CogVideoX 1.5" ? 1 : 0);
  });

  Deno.test(`${name} refuses a size with the nearest that it makes`, () => {
    const [frames = 0, height = 0, width = 0] = wrong;
    assertThrows(
      () => latentLayout(codec, network.patch, { frames, height, width }),
      InputError,
      `The model makes no clips of ${frames} frames of ${width}x${height}; the nearest it makes is ${nearest}`,
    );
  });
}

Deno.test("CogVideoX makes 16 frames where 13 are asked for, as diffusers does", () => {
  const { transformer, vae } = cogVideoX2B;
  const network = declareTransformer(transformer as JsonObject, "config");
  const model = declareVae({ config: vae as JsonObject, path: "config" });
  const codec: VideoCodec = {
    defaultSize: defaultSize(network),
    firstFrames: 1,
    onGpu: true,
    latentShape: (size) => vaeLatentShape(model, size),
    decodedFrames: (latents) => model.decodedFrames(latents),
    decode: () => {
      throw new Error("nothing is decoded");
    },
  };
  const made = [13, 16, 9, 17, 5, 8, 1].map((frames) => {
    const size = { frames, height: 480, width: 720 };
    const layout = latentLayout(codec, network.patch, size);
    return [frames, layout.shape[1], layout.frames];
  });
  assertEquals(made, [
    [13, 4, 16],
    [16, 4, 16],
    [9, 3, 9],
    [17, 5, 17],
    [5, 2, 8],
    [8, 2, 8],
    [1, 1, 1],
  ]);
});
