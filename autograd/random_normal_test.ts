import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Counter,
  type Key,
  normal,
  philox,
  Stream,
} from "../core/random.ts";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { drawWords, randomBits, randomNormal } from "./random_normal.ts";
import { pinned, readAll, readWords, Tensor } from "./tensor.ts";

const KEY: Key = [0xdeadbeef, 0x12345678];
const COUNTER: Counter = [0xfffffffe, 7, 0xffffffff, 42]; // the first wraps

Deno.test("the GPU draws the words and normals of the host", async () => {
  using gpu = await openGpu();
  const draw = pinned([6], "u32").write(gpu, drawWords(KEY, COUNTER));
  const size = 100_003;
  using plan = await record(gpu, () => ({
    words: randomBits(draw, [size]).keep(),
    y: randomNormal(draw, [size]).keep(),
  }));
  plan.run();
  const [words] = await readWords(gpu, [plan.result.words]);
  assertEquals(words, philox(KEY, COUNTER, new Uint32Array(size)));
  const [y] = await readAll(gpu, [plan.result.y]);
  const want = normal(KEY, COUNTER, new Float32Array(size));
  const off = want.reduce((m, v, i) => Math.max(m, Math.abs(v - y![i]!)), 0);
  assert(off < 1e-6, `off by ${off}`);
});

Deno.test("a plan draws anew from what the host writes between runs", async () => {
  using gpu = await openGpu();
  const draw = pinned([6], "u32");
  const step = (index: number) => {
    const stream = new Stream(3, "noise", index);
    draw.write(gpu, drawWords(stream.key, stream.reserve(10)));
  };
  step(0);
  using plan = await record(gpu, () => randomNormal(draw, [2, 5]).keep());
  for (const index of [0, 1]) {
    step(index);
    plan.run();
    const y = await plan.result.read(gpu);
    const want = new Stream(3, "noise", index).normals(10);
    assert(want.every((v, i) => Math.abs(v - y[i]!) < 1e-6));
  }
});

Deno.test("randomNormal() says what holds key and counter", () => {
  assertThrows(
    () => randomNormal(new Tensor([4], "u32"), [2]),
    RangeError,
    "Cannot draw from u32 [4]: key and counter are u32 [6]",
  );
});
