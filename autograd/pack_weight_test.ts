import { assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { codeSums, packWeight } from "./pack_weight.ts";
import { fromArray, readAll, readWords } from "./tensor.ts";

for (const bits of [3, 4, 6, 8]) {
  Deno.test(`packWeight() puts code i of a row in its bits ${bits} i and up`, async () => {
    const [N, K] = [3, 45];
    const codes = Array.from(
      { length: N * K },
      (_, i) => (i * 11 + 5) % 2 ** bits,
    );
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
    using plan = await record(gpu, () => {
      const packed = packWeight(given, bits);
      return { words: packed.qweight.keep(), sums: codeSums(packed).keep() };
    });
    plan.run();
    const [got] = await readWords(gpu, [plan.result.words]);
    assertEquals([...got!], want);
    const [sums] = await readAll(gpu, [plan.result.sums]);
    const sum = (n: number) =>
      codes.slice(n * K, (n + 1) * K).reduce((a, b) => a + b);
    assertEquals([...sums!], [sum(0), sum(1), sum(2)]);
  });
}
