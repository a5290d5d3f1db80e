import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import cogvideox from "../../models/configs/CogVideoX-2B.json" with {
  type: "json",
};
import wan from "../../models/configs/Wan2.1-T2V-1.3B.json" with {
  type: "json",
};
import { vaeParameters } from "./vae_parameters.ts";

Deno.test("vaeParameters() counts the published autoencoders exactly", () => {
  assertEquals(vaeParameters(wan.vae, "config"), 126_892_531);
  assertEquals(vaeParameters(cogvideox.vae, "config"), 215_583_907);
});

Deno.test("vaeParameters() refuses configs of other classes and broken ones", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ _class_name: "AutoencoderKL" }, 'names the class "AutoencoderKL"'],
    [{ ...wan.vae, z_dim: "16" }, "no config of a AutoencoderKLWan: z_dim"],
  ];
  for (const [config, message] of refused) {
    assertThrows(() => vaeParameters(config, "config"), InputError, message);
  }
});
