import { assertEquals, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp } from "../tests/check.ts";
import { chunk, concat, padConstant, select, slice, stack } from "./slices.ts";
import { expand, permute, repeatInterleave } from "./axes.ts";
import { gradientsOf } from "./op.ts";
import { rowMajor } from "./shapes.ts";
import {
  fromArray,
  pinned,
  readAll,
  readWords,
  type Shape,
  sizeOf,
} from "./tensor.ts";

/** x where `from` says, for every coordinate of `shape`; 0 where it says nothing. */
function gathered(
  shape: Shape,
  inShape: Shape,
  from: (c: number[]) => number[] | undefined,
) {
  const [strides, inStrides] = [rowMajor(shape), rowMajor(inShape)];
  return ([x]: number[][]) =>
    Array.from({ length: sizeOf(shape) }, (_, i) => {
      const at = from(shape.map((n, k) => Math.floor(i / strides[k]!) % n));
      return at ? x![at.reduce((sum, c, k) => sum + c * inStrides[k]!, 0)]! : 0;
    });
}

Deno.test("permute moves axes, in runs and element by element", async () => {
  const cases: [Shape, number[]][] = [
    [[3, 5], [1, 0]],
    [[2, 3, 5, 4], [0, 2, 1, 3]],
    [[2, 3, 4], [2, 0, 1]],
    [[1, 2, 3, 2, 2, 2, 4, 3], [0, 6, 1, 4, 7, 2, 5, 3]],
    [[3, 1, 4], [0, 2, 1]],
  ];
  for (const [shape, axes] of cases) {
    const to = axes.map((axis) => shape[axis]!);
    await checkOp(
      (x) => permute(x!, axes),
      [shape],
      gathered(to, shape, (c) => shape.map((_, k) => c[axes.indexOf(k)]!)),
    );
  }
});

Deno.test("slice steps through ranges, forward and backward", async () => {
  await checkOp(
    (x) => slice(x!, [[], [1, 6, 2], [-3]]),
    [[3, 8, 5]],
    gathered([3, 3, 3], [3, 8, 5], ([a, b, c]) => [a!, 1 + 2 * b!, 2 + c!]),
  );
  await checkOp(
    (x) => slice(x!, [[1, 3], [4, 12]]),
    [[3, 16]],
    gathered([2, 8], [3, 16], ([a, b]) => [1 + a!, 4 + b!]),
  );
});

Deno.test("select drops an axis", async () => {
  await checkOp(
    (x) => select(x!, 1, -1),
    [[3, 4, 5]],
    gathered([3, 5], [3, 4, 5], ([a, b]) => [a!, 3, b!]),
  );
});

Deno.test("concat and stack put tensors together, and gradients apart", async () => {
  const rows = (a: number[], b: number[], n: number, m: number) =>
    [0, 1].flatMap((
      i,
    ) => [...a.slice(i * n, (i + 1) * n), ...b.slice(i * m, (i + 1) * m)]);
  await checkOp(
    (a, b) => concat([a!, b!], 1),
    [[2, 3, 4], [2, 5, 4]],
    ([a, b]) => rows(a!, b!, 12, 20),
  );
  await checkOp(
    (a, b) => concat([a!, b!], -1),
    [[2, 3], [2, 2]],
    ([a, b]) => rows(a!, b!, 3, 2),
  );
  await checkOp(
    (a, b) => stack([a!, b!], 1),
    [[2, 3], [2, 3]],
    ([a, b]) => rows(a!, b!, 3, 3),
  );
  await checkOp(
    (a, b) => stack([a!, b!], -1),
    [[3], [3]],
    ([a, b]) => a!.flatMap((v, i) => [v, b![i]!]),
  );
});

Deno.test("chunk cuts evenly, and the gradients of all parts add up", async () => {
  using gpu = await openGpu();
  const x = fromArray(
    gpu,
    [2, 6],
    Float32Array.from({ length: 12 }, (_, i) => i),
  );
  const dys = [0, 1, 2].map((k) =>
    fromArray(gpu, [2, 2], [0, 1, 2, 3].map((i) => 10 * k + i))
  );
  using plan = await record(gpu, () => {
    const parts = chunk(x, 3, -1);
    return [...parts, gradientsOf(parts, dys, [x])[0]!].map((t) => t.keep());
  });
  plan.run();
  const [a, b, c, dx] = await readAll(gpu, plan.result);
  assertEquals([a, b, c].map((part) => [...part!]), [
    [0, 1, 6, 7],
    [2, 3, 8, 9],
    [4, 5, 10, 11],
  ]);
  assertClose(dx!, [0, 1, 10, 11, 20, 21, 2, 3, 12, 13, 22, 23], 0);
});

Deno.test("expand and repeatInterleave repeat, and sum their gradients", async () => {
  await checkOp(
    (x) => expand(x!, [4, 3, 5]),
    [[3, 1]],
    gathered([4, 3, 5], [3, 1], ([, b]) => [b!, 0]),
  );
  await checkOp(
    (x) => repeatInterleave(x!, 2, 1),
    [[2, 3, 4]],
    gathered([2, 6, 4], [2, 3, 4], ([a, b, c]) => [a!, Math.floor(b! / 2), c!]),
  );
});

Deno.test("padConstant surrounds with zeros, or with another value", async () => {
  await checkOp(
    (x) => padConstant(x!, [[0, 1], [2, 3]]),
    [[3, 4]],
    gathered(
      [4, 9],
      [3, 4],
      ([a, b]) => a! < 3 && b! >= 2 && b! < 6 ? [a!, b! - 2] : undefined,
    ),
  );
  await checkOp(
    (x) => padConstant(x!, [[1, 1]], -7),
    [[2]],
    ([x]) => [-7, ...x!, -7],
  );
});

Deno.test("words of other types are copied bit by bit", async () => {
  using gpu = await openGpu();
  const words = Uint32Array.of(0x7fc00001, 1, 0xffffffff, 0x80000000, 5, 6);
  const x = pinned([2, 3], "u32").write(gpu, words);
  using plan = await record(gpu, () => permute(x, [1, 0]).keep());
  plan.run();
  const [y] = await readWords(gpu, [plan.result]);
  assertEquals([...y!], [
    words[0],
    words[3],
    words[1],
    words[4],
    words[2],
    words[5],
  ]);
});

Deno.test("what does not fit is named", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2, 3], new Float32Array(6));
  const y = fromArray(gpu, [2, 2], new Float32Array(4));
  await record(gpu, () => {
    assertThrows(
      () => permute(x, [0, 0]),
      RangeError,
      "[0,0] does not name each axis of [2,3] once",
    );
    assertThrows(() => slice(x, [[0, 1, 0]]), RangeError, "positive step");
    assertThrows(
      () => select(x, 1, 3),
      RangeError,
      "axis 1 of [2,3] has no index 3",
    );
    assertThrows(
      () => concat([x, y], 0),
      RangeError,
      "f32 [2,2] does not continue f32 [2,3] along axis 0",
    );
    assertThrows(() => chunk(x, 2, 1), RangeError, "does not part into 2");
    assertThrows(() => expand(x, [2, 4]), RangeError, "[2,3]");
    assertThrows(
      () => padConstant(x, [[1, 1]]),
      RangeError,
      "two counts an axis",
    );
  });
});
