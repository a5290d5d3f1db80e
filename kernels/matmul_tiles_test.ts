import { assert, assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { productKey, tilesFor, turnFirst } from "./matmul_tiles.ts";

const traits = {
  subgroupSize: 8,
  f16: true,
  timestamps: true,
  software: true,
  maxBindingBytes: 2 ** 27,
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
  assertEquals(names(1024, gpu)[0], "workgroup 64 x 64");
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

Deno.test("tiles are valid for subgroups of 4 to 64 lanes", async () => {
  using gpu = await openGpu();
  for (const subgroupSize of [4, 16, 32, 64]) {
    for (const m of [1, 64]) {
      const [tile] = tilesFor({ m, n: 64, k: 64 }, { ...traits, subgroupSize });
      await gpu.pipeline(tile!.kernel.plain, tile!.constants);
    }
  }
});
