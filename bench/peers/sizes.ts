/** The sizes that every contender runs, those of Wan-1.3B and of a small block. */
export const LINEAR = { rows: 1024, inputs: 1536, outputs: 1536 } as const;
/** The first product of a program. */
export const CUBE = 512;
/** Self-attention: heads of `width`, over so many tokens. */
export const ATTENTION = { heads: 12, width: 128, tokens: 1024 } as const;
/** What norms, softmax and GELU run over. */
export const ROWS = { rows: 1024, columns: 1536 } as const;
/** A transformer block without cross-attention: modulation, attention, feed-forward. */
export const BLOCK = { tokens: 256, dim: 768, heads: 6, ffn: 3072 } as const;
/** Dispatches of a short kernel between two waits, each of which costs 11 ms in Deno. */
export const REPEATS = 20;

/** Operations of each row that has a meaningful count. */
export const FLOPS: Readonly<Record<string, number>> = {
  linear: 2 * LINEAR.rows * LINEAR.inputs * LINEAR.outputs,
  attention: 4 * ATTENTION.tokens ** 2 * ATTENTION.heads * ATTENTION.width,
  block: blockFlops(),
  "block with gradients": 3 * blockFlops(),
};

function blockFlops(): number {
  const { tokens, dim, ffn } = BLOCK;
  return 2 * tokens * (4 * dim * dim + 2 * dim * ffn) +
    4 * tokens * tokens * dim;
}

/** Weights of the block, for the optimiser's row. */
export const BLOCK_WEIGHTS = 4 * BLOCK.dim ** 2 + 2 * BLOCK.dim * BLOCK.ffn;

/** Reproducible values around 0. */
export function values(n: number, spread = 1): Float32Array<ArrayBuffer> {
  let s = 12345 + n;
  return Float32Array.from({ length: n }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return (s / 2 ** 32 - 0.5) * spread;
  });
}
