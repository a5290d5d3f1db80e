import { assert, assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { productKey, readsOuter, tilesFor, turnFirst } from "./matmul_tiles.ts";

const traits = {
  subgroupSize: 8,
  timestamps: true,
  software: true,
  maxBindingBytes: 2 ** 27,
  maxGroups: 65535,
};
const names = (m: number, given: Partial<typeof traits> = {}) =>
  tilesFor({ m, n: 1536, k: 1536 }, { ...traits, ...given })
    .map(({ name }) => name);

Deno.test("a CPU takes subgroups, larger tiles for products that repay their building", () => {
  assertEquals(names(8), ["subgroup 8 x 32"]);
  assertEquals(names(64), ["subgroup 32 x 32", "subgroup 32 x 64"]);
  assertEquals(names(1024), ["subgroup 32 x 64", "subgroup 32 x 32"]);
  const narrow = { m: 1 << 20, n: 96, k: 1536 };
  assertEquals(tilesFor(narrow, traits)[0]!.name, "subgroup 32 x 32");
  const half = { m: 1024, n: 1536, k: 1536, half: true };
  assertEquals(tilesFor(half, traits)[0]!.name, "subgroup 32 x 32");
});

Deno.test("a GPU stages through workgroup memory first, and only so without subgroups", () => {
  const gpu = { software: false, subgroupSize: 32 };
  assertEquals(names(4096, gpu)[0], "workgroup 128 x 64");
  assertEquals(names(512, gpu)[0], "workgroup 32 x 64, 4 slices");
  assertEquals(names(64, gpu)[0], "workgroup 32 x 32, 4 slices");
  assertEquals(names(1024, gpu).at(-1), "subgroup 32 x 128");
  assert(
    names(1024, { subgroupSize: 0 }).every((name) => name.startsWith("workg")),
  );
});

Deno.test("a product is named by its sizes, its rows rounded up, and what follows it", () => {
  const ends = { ACTIVATION: 1, GATED: false, RESIDUAL: true };
  const key = (m: number) =>
    productKey({ m, n: 64, k: 32, turned: true }, "plain", ends);
  assertEquals(
    key(1000),
    "matmul 1024 x 32 x 64, turned, ACTIVATION 1, RESIDUAL true",
  );
  assertEquals(key(1024), key(513));
  assert(key(8) !== key(9));
});

Deno.test("a CPU brings a w [K, N] of many long rows to [N, K] first", () => {
  const turns = (m: number, k: number, n: number, software = true) =>
    turnFirst({ m, k, n }, { ...traits, software });
  assert(turns(1024, 1536, 1536));
  assert(!turns(8, 1536, 1536));
  assert(!turns(1024, 512, 1536));
  assert(!turns(1024, 2048, 128));
  assert(!turns(1024, 1536, 1536, false));
});

Deno.test("a CPU reads an x [K, M] as it lies unless it has many long rows; others turn it", () => {
  const reads = (k: number, m: number, given: Partial<typeof traits> = {}) =>
    readsOuter({ m, k, n: 1536 }, { ...traits, ...given });
  assert(reads(256, 3072));
  assert(reads(2048, 512));
  assert(!reads(1024, 1536));
  assert(!reads(256, 512, { software: false }));
  assert(!reads(256, 512, { subgroupSize: 0 }));
  const size = { m: 768, n: 768, k: 256, outer: true };
  const tiles = tilesFor(size, traits).map(({ name }) => name);
  assertEquals(tiles, ["outer 32 x 64", "outer 32 x 32"]);
});

Deno.test("tiles are valid for subgroups of 4 to 64 lanes", async () => {
  using gpu = await openGpu();
  const { subgroupSize: has } = gpu.traits;
  for (const subgroupSize of has > 0 ? [4, 16, 32, 64] : [0]) {
    for (const outer of [false, true]) {
      for (const m of [1, 64]) {
        const size = { m, n: 64, k: 64, outer };
        const [tile] = tilesFor(size, { ...traits, subgroupSize });
        await gpu.pipeline(tile!.kernel.plain, tile!.constants);
      }
    }
  }
});
