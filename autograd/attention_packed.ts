import { emit, spread, traits } from "../gpu/emit.ts";
import { attentionPack } from "../kernels/attention.ts";
import { rowsEach } from "../kernels/lib/walks.ts";
import type { ForwardTile } from "../kernels/attention_tiles.ts";
import { blockSum } from "./block_sums.ts";
import { Tensor } from "./tensor.ts";

/** Operands of the forward pass in the layout that its form reads. */
export interface Packed {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** Scales of int8 rows, those of q [B, H, Lq] before those of k [B, H, Lk]; unread in other forms. */
  readonly scales: Tensor;
}

/** Packs operands [B, L, H, D4] whose heads are a multiple of 4 wide. */
export function packHeads(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { apart, pack, vPack }: ForwardTile,
): Packed {
  if (!apart) return { q, k, v, scales: q };
  const rows = (x: Tensor) => x.size / x.dim(3);
  const scales = new Tensor([pack === 4 ? rows(q) + rows(k) : 1]);
  const shared = { scales, offset: 0 };
  return {
    q: packRows(q, pack, shared),
    // The mean of the keys cancels in softmax, and would take most of their 8 bits.
    k: packRows(k, pack, {
      scales,
      offset: pack === 4 ? rows(q) : 0,
      sums: pack === 4 ? sumsOf(k) : undefined,
    }),
    v: packRows(v, vPack, shared),
    scales,
  };
}

/** Sums the rows of each head over all tokens: [B, H, D4]. */
function sumsOf(k: Tensor): Tensor {
  const [B, L, H, D4] = k.shape as [number, number, number, number];
  return blockSum(new Tensor([B, L, H * D4], k.dtype, k.storage), B);
}

interface Target {
  readonly scales: Tensor;
  /** Index of the first scale of these rows. */
  readonly offset: number;
  readonly sums?: Tensor | undefined;
}

/** x [B, L, H, D4] as words [B, H, L, words], whole loads of four words. */
function packRows(
  x: Tensor,
  pack: 1 | 2 | 4,
  { scales, offset, sums }: Target,
): Tensor {
  const [B, L, H, D4] = x.shape as [number, number, number, number];
  const loads = Math.ceil(D4 / (4 * pack));
  const y = new Tensor([B, H, L, 4 * loads], "u32");
  const walk = rowsEach();
  const rows = B * L * H;
  emit(attentionPack, { x, sums: sums ?? x, y, scales }, spread(rows, walk), {
    params: {
      rows,
      walk,
      tokens: L,
      heads: H,
      quads: D4 / 4,
      loads,
      share: sums ? 1 / L : 0,
      offset,
    },
    constants: { LANES: traits().subgroupSize, PACK: pack },
  });
  return y;
}
