import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  fromArray,
  like,
  readAll,
  type Tensor,
} from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { emit } from "../../gpu/emit.ts";
import { record } from "../../gpu/record.ts";
import { accumulate } from "../../kernels/accumulate.ts";
import { Parameter } from "../../models/module.ts";
import { layOut } from "./arena_layout.ts";
import { ParameterArena } from "./parameter_arena.ts";

function twice(a: Tensor): Tensor {
  const c = like(a);
  emit(accumulate, { a, b: a, c }, 1);
  return c;
}

Deno.test("layOut() keeps groups together, aligns parameters and splits chunks between them", () => {
  const a = new Parameter([100]);
  const s = new Parameter([5], "scale");
  const b = new Parameter([64]);
  const layout = layOut(
    [["a", a], ["s", s], ["b", b], ["again", a]],
    (_, { role }) => role,
    768,
  );
  assertEquals(layout.groups, ["weight", "scale"]);
  assertEquals(
    layout.places.map(({ name, chunk, offset }) => [name, chunk, offset]),
    [["a", 0, 0], ["b", 0, 512], ["s", 1, 0]],
  );
  assertEquals(layout.chunks, [
    { group: "weight", bytes: 768 },
    { group: "scale", bytes: 256 },
  ]);
  const apart = layOut([["a", a], ["b", b]], () => "all", 512);
  assertEquals(apart.chunks.map(({ bytes }) => bytes), [512, 256]);
  assertThrows(
    () => layOut([["a", a]], () => "all", 256),
    RangeError,
    "Cannot place a: it has 512 bytes, the adapter binds at most 256",
  );
});

Deno.test("an arena keeps values that were loaded before, and takes those loaded later", async () => {
  using gpu = await openGpu();
  const before = new Parameter([3]).write(gpu, Float32Array.of(1, 2, 3));
  const after = new Parameter([2]);
  const arena = ParameterArena.create(gpu, [["a", before], ["b", after]]);
  after.write(gpu, Float32Array.of(4, 5));
  const [a, b, all] = await readAll(gpu, [
    before,
    after,
    arena.values.chunks[0]!,
  ]);
  assertEquals([...a!, ...b!], [1, 2, 3, 4, 5]);
  assertEquals(all!.length, 128);
  assertEquals([...all!].filter((v) => v !== 0), [1, 2, 3, 4, 5]);
});

Deno.test("collect() writes fresh gradients in place, copies others, zeroes and names missing ones", async () => {
  using gpu = await openGpu();
  const names = ["fresh", "shared", "twin", "given", "none"];
  const parameters = names.map((name) => [name, new Parameter([3])] as const);
  const arena = ParameterArena.create(gpu, parameters);
  const x = fromArray(gpu, [3], [1, 2, 3]);
  arena.gradients.of(parameters[4]![1]).write(gpu, Float32Array.of(9, 9, 9));
  using plan = await record(gpu, () => {
    const shared = twice(twice(x));
    return arena.collect([twice(x), shared, shared, x, undefined]);
  });
  plan.run();
  assertEquals(plan.result, ["none"]);
  assertEquals(plan.steps.map(({ label }) => label), [
    "accumulate.main",
    "accumulate.main",
    "accumulate.main",
    "arena.copy",
    "arena.copy",
    "arena.copy",
    "arena.zero",
  ]);
  const grads = await readAll(
    gpu,
    parameters.map(([, p]) => arena.gradients.of(p)),
  );
  assertEquals(grads.map((g) => [...g]), [
    [2, 4, 6],
    [4, 8, 12],
    [4, 8, 12],
    [1, 2, 3],
    [0, 0, 0],
  ]);
});

Deno.test("collect() rejects gradients that do not fit", async () => {
  using gpu = await openGpu();
  const arena = ParameterArena.create(gpu, [["a", new Parameter([3])]]);
  const x = fromArray(gpu, [2], [1, 2]);
  await record(gpu, () => {
    assertThrows(() => arena.collect([]), RangeError, "0 gradients for 1");
    assertThrows(
      () => arena.collect([x]),
      RangeError,
      "Cannot collect the gradient of a: it is [2], the parameter [3]",
    );
  });
});

Deno.test("an arena owns its parameters' memory until they move to another", async () => {
  using gpu = await openGpu();
  const { pinned } = gpu.pool.bytes;
  {
    const p = new Parameter([3]).write(gpu, Float32Array.of(1, 2, 3));
    const q = new Parameter([1]).write(gpu, Float32Array.of(4));
    using first = ParameterArena.create(gpu, [["p", p], ["q", q]]);
    assertThrows(
      () => p[Symbol.dispose](),
      Error,
      "lies in the memory of others",
    );
    using second = ParameterArena.create(gpu, [["p", p]]);
    first[Symbol.dispose]();
    assertEquals(second.parameters, [p]);
    assertEquals([...await p.read(gpu)], [1, 2, 3]);
    await assertRejects(() => q.read(gpu), Error, "Cannot read");
    q.write(gpu, Float32Array.of(5));
    assertEquals([...await q.read(gpu)], [5]);
    q[Symbol.dispose]();
  }
  assertEquals(gpu.pool.bytes.pinned, pinned);
});
