import { assertEquals, assertRejects } from "@std/assert";
import { emptyClip, type HostClip } from "./clip.ts";
import { fittedTiles, needsTiles, tiled } from "./tiles.ts";

const TILING = { tile: [3, 4], step: [2, 3] } as const;

/** A network that doubles rows and columns, of which every value is `value`. */
function constant(value: (rows: number, columns: number) => number) {
  return ([h0, h1]: readonly [number, number], [w0, w1]: readonly [
    number,
    number,
  ]): Promise<HostClip> => {
    const clip = emptyClip([1, 1, 2 * (h1 - h0), 2 * (w1 - w0)]);
    clip.data.fill(value(h0, w0));
    return Promise.resolve(clip);
  };
}

Deno.test("tiled() leaves what tiles agree on", async () => {
  const { shape, data } = await tiled(TILING, [5, 7], 2, constant(() => 3));
  assertEquals(shape, [1, 1, 10, 14]);
  assertEquals(new Set(data), new Set([3]));
});

Deno.test("tiled() fades from a tile to its neighbour over what they share", async () => {
  const { data } = await tiled(
    TILING,
    [3, 7],
    2,
    constant((_, column) => column),
  );
  // Two columns of overlap: the neighbour begins at none and has half of the second.
  assertEquals([...data.subarray(0, 14)], [
    ...[0, 0, 0, 0, 0, 0],
    ...[0, 1.5, 3, 3, 3, 3],
    ...[3, 4.5],
  ]);
});

Deno.test("tiled() refuses steps that stand still or leave gaps", async () => {
  for (const step of [[0, 3], [2, 5], [2, NaN]] as const) {
    await assertRejects(
      () => tiled({ ...TILING, step }, [5, 7], 2, constant(() => 3)),
      RangeError,
      `Cannot cut into tiles of 3,4 in steps of ${step}`,
    );
  }
});

Deno.test("needsTiles() asks whether a side is longer than a tile", () => {
  assertEquals(needsTiles(TILING, [3, 4]), false);
  assertEquals(needsTiles(TILING, [3, 5]), true);
});

Deno.test("fittedTiles() shrinks tiles to what can be bound, and keeps what they share", () => {
  const wan = { tile: [32, 32], step: [24, 24] } as const;
  assertEquals(fittedTiles(wan, 1e6), wan);
  assertEquals(fittedTiles(wan, 910), { tile: [30, 30], step: [22, 22] });
  assertEquals(fittedTiles(wan, 100), { tile: [10, 10], step: [5, 5] });
  assertEquals(fittedTiles(wan, 0.5), { tile: [1, 1], step: [1, 1] });
});
