import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import cogvideox from "../../models/configs/CogVideoX-2B.json" with {
  type: "json",
};
import wan from "../../models/configs/Wan2.1-T2V-1.3B.json" with {
  type: "json",
};
import { countVaeParameters } from "./parameter_counts.ts";

Deno.test("countVaeParameters() counts the published autoencoders exactly", () => {
  assertEquals(countVaeParameters(wan.vae, "config"), 126_892_531);
  assertEquals(countVaeParameters(cogvideox.vae, "config"), 215_583_907);
});

Deno.test("countVaeParameters() refuses configs of other classes and broken ones", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ _class_name: "AutoencoderKL" }, 'names the class "AutoencoderKL"'],
    [{ _class_name: "PatchCodec", patch_size: 4 }, "PatchCodec: patch_size"],
    [
      { ...wan.vae, z_dim: "16" },
      "no config of an AutoencoderKLWan of Wan 2.1: z_dim",
    ],
  ];
  for (const [config, message] of refused) {
    assertThrows(
      () => countVaeParameters(config, "config"),
      InputError,
      message,
    );
  }
});
