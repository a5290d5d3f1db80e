import type { Traits } from "../gpu/traits.ts";
import type { Constants } from "../gpu/specialize.ts";
import {
  type Matmul,
  matmulOuter,
  matmulSubgroup,
  matmulTiled,
} from "./matmul.ts";

/** A form of the product with its tile: what one workgroup covers. */
export interface Tile {
  /** Names it among its rivals, as "subgroup 32 x 32". */
  readonly name: string;
  readonly kernel: Matmul;
  readonly constants: Constants;
  readonly rows: number;
  readonly columns: number;
}

/** A product [M, K] x [N, K] to choose a tile for. */
export interface ProductSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether w is f16. */
  readonly half?: boolean;
  /** Whether w is [K, N]. */
  readonly turned?: boolean;
  /** Whether x is [K, M] and w [K, N], where `readsOuter` says so. */
  readonly outer?: boolean;
}

const FEW = 8; // rows: vectors, conditioning
const FULL = 256; // tiles of 128 x 64 that fill a GPU
// Operations from which a larger tile repays its time to compile: the 32 x 64
// tile is a tenth faster, and a fifth where w is [K, N].
const LARGE = { straight: 2e9, turned: 1e8 };

/**
 * The tiles that may serve the product best, the best guess first. Few only,
 * because each is a pipeline that takes 50 to 500 ms to build. On a CPU a
 * subgroup is a vector register, and broadcasts are four times as fast as
 * workgroup memory; real GPUs stage through workgroup memory.
 */
export function tilesFor(
  size: ProductSize,
  { software, subgroupSize }: Traits,
): Tile[] {
  const few = size.m <= FEW;
  const staged = software ? stagedOnCpu(size) : stagedOnGpu(size);
  if (subgroupSize === 0) return staged;
  const form = size.outer ? outer : subgroup;
  const broadcast = few
    ? [form(size, subgroupSize, 8, 4)]
    : [4, 8].map((TN) => form(size, subgroupSize, 32, TN));
  if (prefersWide(size, subgroupSize)) broadcast.reverse();
  return software || size.outer ? broadcast : [...staged, ...broadcast];
}

function stagedOnCpu(size: ProductSize): Tile[] {
  if (size.m <= FEW) return [tiled(size, 8, 1, 4)];
  return [tiled(size, 8, 8, 8), tiled(size, 16, 8, 8), tiled(size, 8, 4, 4)];
}

/** Few tiles leave most of a GPU idle: slices of threads share them then. Measured on an H100. */
function stagedOnGpu(size: ProductSize): Tile[] {
  if (size.m <= FEW) return [tiled(size, 8, 1, 4, 4)];
  const large = [tiled(size, 16, 8, 8), tiled(size, 8, 8, 8)];
  const small = [tiled(size, 8, 4, 8, 4), tiled(size, 8, 4, 4, 4)];
  const tiles = Math.ceil(size.m / 128) * Math.ceil(size.n / 64);
  if (tiles >= FULL) return [...large, small[0]!];
  return tiles >= FULL / 4 ? [...small, large[1]!] : small.reverse();
}

/** Names the kind of a product for tuning tables; sizes up to a power of two of rows are one. */
export function productKey(
  { m, n, k, half, turned, outer }: ProductSize,
  stored: keyof Matmul,
  ends: Constants,
): string {
  const rows = 2 ** Math.ceil(Math.log2(Math.max(m, FEW)));
  const kinds = [
    half && "f16",
    turned && "turned",
    outer && "outer",
    stored !== "plain" && stored,
  ];
  const after = Object.entries(ends).filter(([, value]) => value)
    .map(([name, value]) => `${name} ${value}`);
  return [`matmul ${rows} x ${k} x ${n}`, ...kinds, ...after]
    .filter(Boolean).join(", ");
}

function subgroup(
  { half = false, turned = false }: ProductSize,
  LANES: number,
  TM: number,
  TN: number,
): Tile {
  return {
    name: `subgroup ${TM} x ${LANES * TN}`,
    kernel: matmulSubgroup,
    constants: {
      LANES,
      TM,
      TN,
      TURNED: turned,
      HALF: half,
      QUADS: half ? 2 : 1,
    },
    rows: TM,
    columns: LANES * TN,
  };
}

function outer(_: ProductSize, LANES: number, TM: number, TN: number): Tile {
  return {
    name: `outer ${TM} x ${LANES * TN}`,
    kernel: matmulOuter,
    constants: { LANES, TM, TN },
    rows: TM,
    columns: LANES * TN,
  };
}

function tiled(
  { half = false, turned = false }: ProductSize,
  HIGH: number,
  TM: number,
  TN: number,
  SLICES = 1,
): Tile {
  const [rows, columns] = [HIGH * TM, 8 * TN];
  const slices = SLICES > 1 ? `, ${SLICES} slices` : "";
  const STEP = SLICES > 1 ? 2 : 4; // 16 KiB of workgroup memory hold no more
  return {
    name: `workgroup ${rows} x ${columns}${slices}`,
    kernel: matmulTiled,
    constants: { HIGH, TM, TN, STEP, SLICES, TURNED: turned, HALF: half },
    rows,
    columns,
  };
}

function prefersWide(
  { m, n, k, half, turned, outer }: ProductSize,
  lanes: number,
): boolean {
  // Halves are fewer loads already, and widening them fills the registers.
  if (half) return false;
  const covered = (columns: number) => Math.ceil(n / columns) * columns;
  return 2 * m * n * k >= LARGE[turned || outer ? "turned" : "straight"] &&
    covered(8 * lanes) <= 1.1 * covered(4 * lanes);
}

/**
 * Whether an x [K, M] is multiplied as it lies. Workgroup memory takes rows
 * along k, to which a GPU turns x in no time; a CPU turns it where many long
 * rows are more pages than it keeps addresses of, at half the speed.
 */
export function readsOuter(
  { m, k }: ProductSize,
  { software, subgroupSize }: Traits,
): boolean {
  return software && subgroupSize > 0 && (k <= 256 || m <= 512);
}

/**
 * Whether to bring a w [K, N] to [N, K] before it is multiplied. On a CPU the
 * columns of one with many long rows lie too far apart for the cache, which
 * costs many rows of x more than turning it.
 */
export function turnFirst(
  { m, n, k }: ProductSize,
  { software }: Traits,
): boolean {
  return software && m > 128 && k > 512 && k * n > 2 ** 18;
}
