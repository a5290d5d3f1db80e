import { assertEquals } from "@std/assert";
import { assertClose } from "../tests/assert_close.ts";
import { readCase } from "../tests/read_case.ts";
import { timestepEmbedding } from "./timestep_embedding.ts";

interface Json {
  readonly config: {
    readonly dim: number;
    readonly flip_sin_to_cos: boolean;
    readonly downscale_freq_shift: number;
    readonly max_period: number;
  };
}

for (const name of ["flip", "noflip"]) {
  Deno.test(`timestepEmbedding() agrees with the recorded case ${name}`, () => {
    const { json, tensor } = readCase<Json>(`ops/timestep_embedding_${name}`);
    const { config } = json;
    const got = timestepEmbedding(tensor("in.timesteps"), {
      dim: config.dim,
      flipSinToCos: config.flip_sin_to_cos,
      downscaleFreqShift: config.downscale_freq_shift,
      maxPeriod: config.max_period,
    });
    assertClose(got, tensor("out.emb"), { abs: 5e-5 });
  });
}

Deno.test("timestepEmbedding() ends an odd width with zero", () => {
  const got = timestepEmbedding([3], { dim: 5 });
  assertEquals(got[4], 0);
});
