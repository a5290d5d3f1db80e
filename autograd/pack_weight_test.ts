import { assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { describeOutputs, packWeight } from "./pack_weight.ts";
import { fromArray, readAll, readWords } from "./tensor.ts";

for (const bits of [2, 3, 4, 6, 8]) {
  const [N, K] = [3, 109];
  const codes = Array.from(
    { length: N * K },
    (_, i) => (i * 11 + 5) % 2 ** bits,
  );

  Deno.test(`packWeight() puts code i of a row in its bits ${bits} i and up`, async () => {
    const words = Math.ceil(K * bits / 32);
    const want = Array.from({ length: N }, (_, n) => {
      let row = 0n;
      for (let k = 0; k < K; k++) {
        row |= BigInt(codes[n * K + k]!) << BigInt(k * bits);
      }
      return Array.from(
        { length: words },
        (_, i) => Number((row >> BigInt(32 * i)) & 0xffffffffn),
      );
    }).flat();
    using gpu = await openGpu();
    const given = fromArray(gpu, [N, K], codes);
    using plan = await record(
      gpu,
      () => packWeight(given, bits).qweight.keep(),
    );
    plan.run();
    const [got] = await readWords(gpu, [plan.result]);
    assertEquals([...got!], want);
  });

  Deno.test(`describeOutputs() sums the codes of ${bits} bits of each row`, async () => {
    using gpu = await openGpu();
    const given = fromArray(gpu, [N, K], codes);
    const bias = fromArray(gpu, [N], [7, 8, 9]);
    for (const groupSize of [undefined, 64]) {
      const size = groupSize ?? K;
      const G = Math.ceil(K / size);
      const list = (f: (i: number) => number) =>
        Array.from({ length: N * G }, (_, i) => f(i));
      const scale = list((i) => 2 ** (i % 3));
      const zero = list((i) => 5 + i);
      using plan = await record(
        gpu,
        () =>
          describeOutputs(packWeight(given, bits, groupSize), {
            scale: fromArray(gpu, [N, G], scale),
            zero: fromArray(gpu, [N, G], zero),
            bias,
          }).keep(),
      );
      plan.run();
      const [got] = await readAll(gpu, [plan.result]);
      const half = 2 ** (bits - 1);
      const sums = list((i) => {
        const [n, g] = [Math.floor(i / G), i % G];
        const group = codes.slice(n * K, (n + 1) * K)
          .slice(g * size, (g + 1) * size);
        return group.reduce((sum, q) => sum + q - half, 0);
      });
      const sum = (n: number) =>
        G === 1
          ? sums[n]!
          : scale[2 * n]! * sums[2 * n]! + scale[2 * n + 1]! * sums[2 * n + 1]!;
      const want = list((i) => i).flatMap((i) => {
        const [n, g] = [Math.floor(i / G), i % G];
        return [scale[i]!, zero[i]! - half, ...(g ? [0, 0] : [sum(n), 7 + n])];
      });
      assertEquals([...got!], want);
    }
  });
}
