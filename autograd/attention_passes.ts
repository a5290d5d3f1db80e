import { emit, emitBest, spread, traits } from "../gpu/emit.ts";
import { attentionRows } from "../kernels/attention.ts";
import {
  type AttentionPrecision,
  backwardTiles,
  biasTile,
  forwardTiles,
  parts,
  walkKey,
} from "../kernels/attention_tiles.ts";
import { packHeads } from "./attention_packed.ts";
import { like, Tensor } from "./tensor.ts";

// The dispatches behind `attention`.

/** Operands with heads of a multiple of 4 columns, and the options of `attention`. */
export interface Heads {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly scale: number;
  readonly keyMask: Tensor | undefined;
  readonly bias: Tensor | undefined;
}

/** The output and the log-sum-exp [B, H, Lq] of its rows. */
export function walkForward(
  { q, k, v, scale, keyMask, bias }: Heads,
  precision: AttentionPrecision,
): { readonly o: Tensor; readonly lse: Tensor } {
  const [B, lq, H, D4] = q.shape as [number, number, number, number];
  const lk = k.dim(1);
  const size = { own: lq, walked: lk, quads: D4 / 4 };
  const tiles = forwardTiles(size, traits(), precision);
  const o = like(q);
  const lse = new Tensor([B, H, lq]);
  const packed = packHeads(q, k, v, tiles[0]!);
  const BIASED = bias !== undefined;
  const forms = tiles.map(({ name, kernel, constants, rows, params }) => ({
    name,
    kernel,
    constants: { ...constants, BIASED },
    groups: [Math.ceil(lq / rows), H, B],
    params,
  }));
  const all = parts(tiles, lk);
  for (const part of all) {
    emitBest(
      walkKey(precision, size, B * H, BIASED),
      forms,
      { ...packed, mask: keyMask ?? q, bias: bias ?? q, o, lse },
      {
        flops: 4 * B * H * lq * lk * D4 / all.length,
        params: {
          lq,
          lk,
          heads: H,
          quads: D4 / 4,
          scale,
          masked: keyMask ? 1 : 0,
          bias_batch: bias && bias.dim(0) > 1 ? H * lq * lk : 0,
          ...part,
        },
      },
    );
  }
  return { o, lse };
}

/** lse, delta [B, H, Lq, 2] and the mask [B, Lk] in one buffer. */
export function attentionRowTerms(
  { q, k, keyMask }: Heads,
  o: Tensor,
  dy: Tensor,
  lse: Tensor,
): Tensor {
  const [B, lq, H, D4] = q.shape as [number, number, number, number];
  const lk = k.dim(1);
  const rows = new Tensor([2 * lse.size + B * lk]);
  const groups = spread(lse.size + B * lk, 64);
  emit(attentionRows, { o, dy, lse, mask: keyMask ?? o, rows }, groups, {
    params: { lq, lk, heads: H, quads: D4 / 4, masked: keyMask ? 1 : 0 },
  });
  return rows;
}

/** dq from the side of the queries, or dk and dv from that of the keys. */
export function walkBackward(
  { q, k, v, scale, bias }: Heads,
  dy: Tensor,
  rows: Tensor,
  ownKeys: boolean,
): [Tensor, Tensor] {
  const [a, b, c, d] = ownKeys ? [k, v, q, dy] : [q, dy, k, v];
  const [B, own, H, D4] = a!.shape as [number, number, number, number];
  const walked = c!.dim(1);
  const size = { own, walked, quads: D4 / 4 };
  const tiles = backwardTiles(size, ownKeys, traits());
  const out = like(a!);
  const out2 = ownKeys ? like(a!) : new Tensor([4]); // bound, but not written
  const BIASED = bias !== undefined;
  const forms = tiles.map(({ name, kernel, constants, rows }) => ({
    name,
    kernel,
    constants: { ...constants, BIASED },
    groups: [Math.ceil(own / rows), H, B],
  }));
  const all = parts(tiles, walked);
  for (const part of all) {
    emitBest(
      walkKey(ownKeys ? "dk dv" : "dq", size, B * H, BIASED),
      forms,
      { a: a!, b: b!, c: c!, d: d!, rows, bias: bias ?? q, out, out2 },
      {
        flops: (ownKeys ? 8 : 6) * B * H * own * walked * D4 / all.length,
        params: {
          ...size,
          heads: H,
          scale,
          bias_batch: bias && bias.dim(0) > 1 ? H * own * walked : 0,
          ...part,
        },
      },
    );
  }
  return [out, out2];
}

/** The gradient of `bias`, summed over the batches that share it. */
export function biasGradient(
  { q, k, v, scale }: Heads,
  dy: Tensor,
  rows: Tensor,
  bias: Tensor,
): Tensor {
  const [B, lq, H, D4] = q.shape as [number, number, number, number];
  const lk = k.dim(1);
  const size = { own: lq, walked: lk, quads: D4 / 4 };
  const { kernel, constants, queries, keys } = biasTile(size, traits());
  const dbias = like(bias);
  const batches = bias.dim(0);
  const tiles = Math.ceil(lq / queries) * Math.ceil(lk / keys);
  emit(kernel, { q, k, v, dy, rows, bias, dbias }, [tiles, H, batches], {
    constants,
    params: {
      batches: B,
      lq,
      lk,
      heads: H,
      quads: D4 / 4,
      shared_bias: batches < B ? 1 : 0,
      scale,
    },
  });
  return dbias;
}
