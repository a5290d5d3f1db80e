import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { openGpu } from "../../gpu/device.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { assertClose, uniform } from "../../tests/check.ts";
import { readCase } from "../../tests/read_case.ts";
import { joinFrames } from "./clip.ts";
import { AutoencoderKLCogVideoX } from "./cogvideox.ts";
import { parseCogVideoXVaeConfig } from "./cogvideox_config.ts";
import { openVae } from "./open.ts";
import { readerOf } from "./video_vae.ts";

const FOLDER = fromFileUrl(
  new URL("../../tests/fixtures/models/cogvideox_vae_tiny", import.meta.url),
);
const SIZE = { frames: 9, height: 16, width: 24 };
const CONFIG = JSON.parse(Deno.readTextFileSync(`${FOLDER}/config.json`));

Deno.test("AutoencoderKLCogVideoX encodes and decodes as diffusers does", async () => {
  const { json, tensor } = readCase<{ tolerance: { rel_to_max: number } }>(
    "models/cogvideox_vae_tiny_io",
  );
  const near = json.tolerance.rel_to_max;
  using gpu = await openGpu();
  using checkpoint = await Checkpoint.open(FOLDER);
  using vae = await openVae(gpu, checkpoint);
  const data = tensor("in.video");
  const read = readerOf({ shape: [3, 9, 16, 24], data });
  const moments = (await vae.encode(read, SIZE)).data;
  assertClose(moments, tensor("out.moments"), near);
  const chunks = vae.decode(tensor("in.latent"), SIZE);
  const decoded = joinFrames(await Array.fromAsync(chunks)).data;
  const want = tensor("out.decoded_of_latent_over_scaling");
  assertClose(decoded, want, near);

  // A longer clip: two more chunks of the same plan, and no more memory than one.
  const peaks = [];
  for (const frames of [17, 25]) {
    const size = { ...SIZE, frames };
    const [C, T, H, W] = vae.latentShape(size);
    const z = Float32Array.from({ length: C * T * H * W }, uniform(2));
    const parts = await Array.fromAsync(vae.decode(z, size));
    assertEquals(
      parts.map(({ shape }) => shape[1]),
      vae.model.decodeChunks(T).map((n) => 4 * n - (n === 3 ? 3 : 0)),
    );
    peaks.push(gpu.pool.bytes.peak);
  }
  assertEquals(peaks[1], peaks[0]);
});

Deno.test("AutoencoderKLCogVideoX cuts clips as diffusers does", () => {
  const config = parseCogVideoXVaeConfig(CONFIG, "config.json");
  const model = new AutoencoderKLCogVideoX(config);
  assertEquals(model.encodeChunks(49), [9, 8, 8, 8, 8, 8]);
  assertEquals(model.encodeChunks(5), [5]);
  assertEquals(model.decodeChunks(13), [3, 2, 2, 2, 2, 2]);
  assertEquals(model.decodeChunks(1), [1]);
  const real = new AutoencoderKLCogVideoX({
    ...config,
    sample_height: 480,
    sample_width: 720,
  });
  assertEquals(real.tiling, { tile: [30, 45], step: [25, 36] });
});

Deno.test("parseCogVideoXVaeConfig() says what does not fit", () => {
  assertThrows(
    () => parseCogVideoXVaeConfig({ ...CONFIG, norm_num_groups: 3 }, "c.json"),
    InputError,
    "c.json is no config of an AutoencoderKLCogVideoX: 3 groups do not divide 8 channels",
  );
});
