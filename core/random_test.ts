import { assert, assertEquals, assertThrows } from "@std/assert";
import { normal, philox, Stream, uniform } from "./random.ts";

const ONES = 0xffffffff;

function words(text: string): number[] {
  return text.split(" ").map((word) => parseInt(word, 16));
}

Deno.test("philox() gives the published known answers of Philox4x32-10", () => {
  const out = new Uint32Array(4);
  philox([0, 0], [0, 0, 0, 0], out);
  assertEquals([...out], words("6627e8d5 e169c58d bc57ac4c 9b00dbd8"));
  philox([ONES, ONES], [ONES, ONES, ONES, ONES], out);
  assertEquals([...out], words("408f276d 41c83b0e a20bc7c6 6d5451fd"));
  philox(
    [0xa4093822, 0x299f31d0],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    out,
  );
  assertEquals([...out], words("d16cfe09 94fdcceb 5001e420 24126ea1"));
});

Deno.test("philox() fills a range block by block, the last one cut short", () => {
  const whole = philox([1, 2], [7, 5, 6, 7], new Uint32Array(10));
  for (let block = 0; block < 3; block++) {
    const one = philox([1, 2], [7 + block, 5, 6, 7], new Uint32Array(4));
    assertEquals(
      [...whole.subarray(4 * block, 4 * block + 4)],
      [...one.subarray(0, block === 2 ? 2 : 4)],
    );
  }
});

Deno.test("uniform() keeps the top 24 bits, so that f32 holds them exactly", () => {
  const raw = philox([3, 4], [0, 0, 0, 0], new Uint32Array(9));
  const u = uniform([3, 4], [0, 0, 0, 0], new Float32Array(9));
  assertEquals([...u], [...raw].map((word) => (word >>> 8) / 2 ** 24));
});

Deno.test("normal() is Box-Muller over pairs of words", () => {
  const raw = philox([3, 4], [0, 0, 0, 0], new Uint32Array(8));
  const z = normal([3, 4], [0, 0, 0, 0], new Float32Array(7));
  for (let i = 0; i < z.length; i++) {
    const pair = i - i % 2;
    const r = Math.sqrt(
      -2 * Math.log(((raw[pair]! >>> 8) + 1) / 2 ** 24),
    );
    const angle = 2 * Math.PI * (raw[pair + 1]! >>> 8) / 2 ** 24;
    const value = r * (i === pair ? Math.cos(angle) : Math.sin(angle));
    assertEquals(z[i], Math.fround(value));
  }
});

Deno.test("normal() has the moments of a standard normal", () => {
  const n = 100_000;
  const z = normal([42, 0], [0, 0, 0, 1], new Float32Array(n));
  const moment = (p: number) => z.reduce((sum, v) => sum + v ** p, 0) / n;
  assert(Math.abs(moment(1)) < 0.01);
  assert(Math.abs(moment(2) - 1) < 0.02);
  assert(Math.abs(moment(3)) < 0.05);
  assert(Math.abs(moment(4) - 3) < 0.1);
});

Deno.test("A stream draws the same again from the same seed, purpose and index", () => {
  const draw = (seed: number, purpose: string, index: number) => {
    const stream = new Stream(seed, purpose, index);
    return [stream.uniform(), stream.integer(1000), ...stream.normals(5)];
  };
  const first = draw(2 ** 40 + 1, "noise", 7);
  assertEquals(draw(2 ** 40 + 1, "noise", 7), first);
  for (
    const other of [
      draw(1, "noise", 7),
      draw(2 ** 40 + 1, "captions", 7),
      draw(2 ** 40 + 1, "noise", 8),
      draw(2 ** 40 + 1, "noise", 2 ** 32 + 7),
    ]
  ) assert(other.every((value, i) => value !== first[i]));
});

Deno.test("A stream's arrays are whole blocks of its counter, as a kernel fills them", () => {
  const stream = new Stream(9, "latents");
  stream.uniform();
  const counter = new Stream(9, "latents").reserve(1);
  const z = stream.normals(6);
  assertEquals(
    z,
    normal(
      stream.key,
      [counter[0] + 1, counter[1], counter[2], counter[3]],
      new Float32Array(6),
    ),
  );
  assertEquals(stream.reserve(5)[0], counter[0] + 3);
});

Deno.test("integer() is even over a range that divides no power of two", () => {
  const stream = new Stream(0, "dice");
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[stream.integer(6)]!++;
  assert(counts.every((count) => Math.abs(count - 10_000) < 400));
  assertEquals(stream.integer(1), 0);
  assert(stream.integer(2 ** 32) <= ONES);
});

Deno.test("shuffled() permutes a copy", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const mixed = new Stream(1, "epoch", 3).shuffled(items);
  assertEquals(mixed.toSorted((a, b) => a - b), items);
  assertEquals(mixed, new Stream(1, "epoch", 3).shuffled(items));
  assert(mixed.some((value, i) => value !== i));
});

Deno.test("A stream refuses seeds, indices and ranges that it cannot hold", () => {
  assertThrows(() => new Stream(-1, "x"), RangeError, "Seed -1");
  assertThrows(() => new Stream(0.5, "x"), RangeError, "Seed 0.5");
  assertThrows(() => new Stream(2 ** 53, "x"), RangeError);
  assertThrows(() => new Stream(0, "x", NaN), RangeError, "Index NaN");
  const stream = new Stream(0, "x");
  assertThrows(() => stream.integer(0), RangeError, "Range 0");
  assertThrows(() => stream.integer(2 ** 32 + 1), RangeError);
});
