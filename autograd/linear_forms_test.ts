import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { tilesFor } from "../kernels/matmul_tiles.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { asHardware, inEveryForm } from "../tests/every_form.ts";
import { linear } from "./linear.ts";
import { fromArray } from "./tensor.ts";

for (const [M, K, N] of [[70, 100, 76], [3, 90, 36]] as const) {
  Deno.test(`linear() is the same in every form of GPUs, ${M} x ${K} x ${N}`, async () => {
    using gpu = await openGpu();
    const random = uniform(M);
    const numbers = (n: number) => Array.from({ length: n }, random);
    const x = fromArray(gpu, [1, M, K], numbers(M * K));
    const w = fromArray(gpu, [N, K], numbers(N * K));
    const bias = fromArray(gpu, [N], numbers(N));
    const residual = fromArray(gpu, [1, M, N], numbers(M * N));
    const run = async () => {
      using plan = await record(
        gpu,
        () => linear(x, w, bias, { activation: "gelu", residual }).keep(),
      );
      plan.run();
      return await plan.result.read(gpu);
    };
    const want = await run();
    asHardware(gpu);
    const tiles = tilesFor({ m: M, n: N, k: K }, gpu.traits);
    const forms = tiles.map(({ name }) => name);
    await inEveryForm(gpu, forms, async () => {
      assertClose(await run(), want, { relToMax: 1e-5 });
    });
  });
}
