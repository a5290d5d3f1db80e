import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { readCase } from "../tests/read_case.ts";
import { gradients } from "./op.ts";
import { rope } from "./rope.ts";
import { fromArray, readAll } from "./tensor.ts";

const [B, L, H] = [2, 11, 3];

for (const Dh of [8, 6]) {
  Deno.test(`rope() turns the pairs of heads ${Dh} wide, and their gradients back`, async () => {
    const angle = (i: number) => 0.1 * Math.floor(i / 2);
    const of = (f: (angle: number) => number) =>
      Float32Array.from({ length: L * Dh }, (_, i) => f(angle(i)));
    const v = Float32Array.from({ length: B * L * H * Dh }, (_, i) => i % 17);
    const turned = (way: number) =>
      v.map((a, i) => {
        const at = angle(Math.floor(i / (H * Dh)) % L * Dh + i % Dh);
        const cross = i % 2 ? v[i - 1]! : -v[i + 1]!;
        return a * Math.cos(at) + way * cross * Math.sin(at);
      });
    using gpu = await openGpu();
    const x = fromArray(gpu, [B, L, H, Dh], v);
    const cos = fromArray(gpu, [L, Dh], of(Math.cos));
    const sin = fromArray(gpu, [L, Dh], of(Math.sin));
    using plan = await record(gpu, () => {
      const y = rope(x, cos, sin).keep();
      return [y, gradients(y, x, [x])[0]!.keep()];
    });
    plan.run();
    const [y, dx] = await readAll(gpu, plan.result);
    assertClose(y!, turned(1), { relToMax: 1e-6 });
    assertClose(dx!, turned(-1), { relToMax: 1e-6 });
  });
}

Deno.test("rope() agrees with recorded outputs and gradients", async () => {
  const { tensor, shape } = readCase("ops/rope_wan");
  using gpu = await openGpu();
  const load = (key: string) => fromArray(gpu, shape(key), tensor(key));
  const [x, dy] = [load("in.x"), load("gout.y")];
  using plan = await record(gpu, () => {
    const y = rope(x, load("in.cos"), load("in.sin")).keep();
    return [y, gradients(y, dy, [x])[0]!.keep()];
  });
  plan.run();
  const [y, dx] = await readAll(gpu, plan.result);
  assertClose(y!, tensor("out.y"), { relToMax: 1e-5 });
  assertClose(dx!, tensor("grad.x"), { relToMax: 1e-5 });
});
