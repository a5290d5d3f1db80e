import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { codesTilesFor } from "../kernels/matmul_codes_tiles.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { asHardware, inEveryForm } from "../tests/every_form.ts";
import { fakeQuantActivation } from "./fake_quant_activation.ts";
import { linear } from "./linear.ts";
import { packWeight, unpackWeight } from "./pack_weight.ts";
import { packedLayer, packedLinear } from "./packed_linear.ts";
import { fromArray, readAll } from "./tensor.ts";

const SIZES = [
  { M: 70, K: 300, N: 70, weights: 4, activations: 4 },
  { M: 5, K: 170, N: 33, weights: 4, activations: 4 },
  { M: 33, K: 130, N: 66, weights: 3, activations: 3 },
  { M: 33, K: 96, N: 20, weights: 8, activations: 8 },
  { M: 34, K: 450, N: 68, weights: 4, activations: 4, groupSize: 64 },
  { M: 3, K: 200, N: 10, weights: 4, activations: 6, groupSize: 32 },
];

for (const { M, K, N, weights, activations, groupSize } of SIZES) {
  const grouped = groupSize ? ` in groups of ${groupSize}` : "";
  const name = `W${weights}A${activations} ${M}x${K}x${N}${grouped}`;
  Deno.test(`packedLinear() is the same in every form, ${name}`, async () => {
    using gpu = await openGpu();
    const random = uniform(M + K + N);
    const tensor = (shape: number[], f: (v: number) => number) =>
      fromArray(
        gpu,
        shape,
        Array.from(
          { length: shape.reduce((a, b) => a * b) },
          () => f(random()),
        ),
      );
    const count = 2 ** weights;
    const x = tensor([M, K], (v) => 3 * v + 1);
    const codes = tensor([N, K], (v) => Math.floor((v + 1) / 2 * count));
    const groups = [N, Math.ceil(K / (groupSize ?? K))];
    const grid = {
      scale: tensor(groups, (v) => (2 + v * 0.5) / count),
      zero: tensor(groups, (v) => count / 2 + v),
      bias: tensor([N], (v) => v),
    };
    const words = Math.ceil(K * weights / 32);
    const shape = { m: M, n: N, words, weights, activations };
    asHardware(gpu);
    const forms = codesTilesFor(shape, gpu.traits).map(({ name }) => name);
    await inEveryForm(gpu, forms, async () => {
      using plan = await record(gpu, () => {
        const packed = packWeight(codes, weights, groupSize);
        const layer = packedLayer(packed, grid, { bits: activations });
        const fake = linear(
          fakeQuantActivation(x, { bits: activations }),
          unpackWeight(packed, grid),
          grid.bias,
        );
        return [packedLinear(x, layer), fake].map((t) => t.keep());
      });
      plan.run();
      const [y, fake] = await readAll(gpu, plan.result);
      assertClose(y!, fake!, { relToMax: 3e-6 });
    });
  });
}
