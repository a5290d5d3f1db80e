import { checkCase } from "../tests/check_case.ts";
import { channelRmsNorm } from "./norm.ts";
import { permute } from "./axes.ts";

Deno.test("channelRmsNorm() agrees with diffusers", async () => {
  await checkCase("ops/wan_vae_rmsnorm", ["x", "gamma"], (x, gamma) => {
    const y = channelRmsNorm(permute(x!, [0, 2, 3, 4, 1]), gamma!);
    return permute(y, [0, 4, 1, 2, 3]);
  });
});
