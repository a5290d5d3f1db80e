import { emit, spread, traits } from "../gpu/record.ts";
import { attentionBias, attentionRows } from "../kernels/attention.ts";
import { backwardTile, forwardTile } from "../kernels/attention_tiles.ts";
import { differentiable } from "./op.ts";
import { aligned, resized } from "./product.ts";
import { like, Tensor } from "./tensor.ts";

/** What may change the scores of `attention`. */
export interface AttentionOptions {
  /** Factor of q k^T; default 1 / sqrt(Dh). */
  readonly scale?: number;
  /** [B, Lk]: 1 keeps a key, 0 drops it. A query without any key gives zeros. */
  readonly keyMask?: Tensor | undefined;
  /** [1 or B, H, Lq, Lk], added to the scores. */
  readonly bias?: Tensor | undefined;
}

/** Operands with heads of a multiple of 4 columns, and what the kernels ask. */
interface Heads extends AttentionOptions {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly scale: number;
}

/**
 * softmax(scale q k^T + bias) v of each head: q [B, Lq, H, Dh], k and v
 * [B, Lk, H, Dh] -> [B, Lq, H, Dh]. The scores never reach memory; the
 * pullback computes them again from the log-sum-exp of each row.
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkShapes(q, k, v, options);
  const [H, Dh] = [q.dim(2), q.dim(3)];
  const D4 = aligned(Dh);
  // Zeros at the end of every head change nothing.
  const padded = (x: Tensor) => resized(x, H, D4);
  const cut = (x: Tensor) => resized(x, H, Dh);
  const { scale = Dh ** -0.5, bias } = options;
  const heads: Heads = {
    ...options,
    q: padded(q),
    k: padded(k),
    v: padded(v),
    scale,
  };
  const { o, lse } = forward(heads);
  const inputs = [q, k, v, ...(bias ? [bias] : [])];
  return differentiable(cut(o), inputs, (dy) => {
    const dy4 = padded(dy);
    const rows = gatherRows(heads, o, dy4, lse);
    const [dq] = backward(heads, dy4, rows, false);
    const [dk, dv] = backward(heads, dy4, rows, true);
    return [
      cut(dq),
      cut(dk),
      cut(dv),
      bias && biasGradient(heads, dy4, rows, bias),
    ];
  });
}

function forward({ q, k, v, scale, keyMask, bias }: Heads) {
  const [B, lq, H, D4] = q.shape as [number, number, number, number];
  const lk = k.dim(1);
  const size = { own: lq, walked: lk, quads: D4 / 4 };
  const tile = forwardTile(size, traits());
  const o = like(q);
  const lse = new Tensor([B, H, lq]);
  emit(
    tile.kernel,
    { q, k, v, mask: keyMask ?? q, bias: bias ?? q, o, lse },
    [Math.ceil(lq / tile.rows), H, B],
    {
      constants: { ...tile.constants, BIASED: bias !== undefined },
      params: {
        lq,
        lk,
        heads: H,
        quads: D4 / 4,
        scale,
        masked: keyMask ? 1 : 0,
        bias_batch: bias && bias.dim(0) > 1 ? H * lq * lk : 0,
      },
    },
  );
  return { o, lse };
}

/** lse, delta [B, H, Lq, 2] and the mask [B, Lk] in one buffer. */
function gatherRows(
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
function backward(
  { q, k, v, scale, bias }: Heads,
  dy: Tensor,
  rows: Tensor,
  ownKeys: boolean,
): [Tensor, Tensor] {
  const [a, b, c, d] = ownKeys ? [k, v, q, dy] : [q, dy, k, v];
  const [B, own, H, D4] = a!.shape as [number, number, number, number];
  const walked = c!.dim(1);
  const size = { own, walked, quads: D4 / 4 };
  const tile = backwardTile(size, traits());
  const out = like(a!);
  const out2 = ownKeys ? like(a!) : new Tensor([4]); // bound, but not written
  emit(
    tile.kernel,
    { a: a!, b: b!, c: c!, d: d!, rows, bias: bias ?? q, out, out2 },
    [Math.ceil(own / tile.rows), H, B],
    {
      constants: {
        ...tile.constants,
        OWN_KEYS: ownKeys,
        BIASED: bias !== undefined,
      },
      params: {
        ...size,
        heads: H,
        scale,
        bias_batch: bias && bias.dim(0) > 1 ? H * own * walked : 0,
      },
    },
  );
  return [out, out2];
}

function biasGradient(
  { q, k, v, scale }: Heads,
  dy: Tensor,
  rows: Tensor,
  bias: Tensor,
): Tensor {
  const [B, lq, H, D4] = q.shape as [number, number, number, number];
  const dbias = like(bias);
  emit(
    attentionBias,
    { q, k, v, dy, rows, bias, dbias },
    spread(bias.size, 64),
    {
      params: {
        batches: B,
        lq,
        lk: k.dim(1),
        heads: H,
        quads: D4 / 4,
        shared_bias: bias.dim(0) < B ? 1 : 0,
        scale,
      },
    },
  );
  return dbias;
}

function checkShapes(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { keyMask, bias }: AttentionOptions,
): void {
  const refuse = (what: string): never => {
    throw new RangeError(
      `Cannot attend: q [${q.shape}], k [${k.shape}], v [${v.shape}]${what}`,
    );
  };
  if (q.shape.length !== 4) refuse(" are not [B, L, H, Dh]");
  const [B, lq, H, Dh] = q.shape;
  const lk = k.dim(1);
  const keys = `${[B, lk, H, Dh]}`;
  if (`${k.shape}` !== keys || `${v.shape}` !== keys) refuse(" do not fit");
  if (keyMask && `${keyMask.shape}` !== `${[B, lk]}`) {
    refuse(` take a keyMask [${B},${lk}], not [${keyMask.shape}]`);
  }
  if (bias && ![1, B].some((b) => `${bias.shape}` === `${[b, H, lq, lk]}`)) {
    refuse(` take a bias [1 or ${B},${H},${lq},${lk}], not [${bias.shape}]`);
  }
}
