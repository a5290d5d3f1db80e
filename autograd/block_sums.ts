import { emit } from "../gpu/emit.ts";
import type { Storage } from "../gpu/storage.ts";
import {
  sumFinish,
  sumFinishBoth,
  sumNormalized,
  sumPlain,
  sumWeighted,
} from "../kernels/block_sums.ts";
import { rowForm, type RowKernel } from "../kernels/lib/rows.ts";
import { columnsEach } from "../kernels/lib/walks.ts";
import { Tensor } from "./tensor.ts";

// Enough partial sums to keep a GPU busy, few enough to add up in one go.
const MOST_CHUNKS = 64;
const LEAST_ROWS = 16;

/** Sums dy [..., D] over the rows of each of `blocks` equal blocks: [blocks, D]. */
export function blockSum(dy: Tensor, blocks = 1): Tensor {
  const partials = run(sumPlain, { dy }, dy, blocks);
  return finish(partials, dy, blocks);
}

/** Sums dy x over the rows of each block: [blocks, D]. */
export function blockSumWeighted(
  dy: Tensor,
  x: Tensor,
  blocks = 1,
): Tensor {
  const partials = run(sumWeighted, { dy, x }, dy, blocks);
  return finish(partials, dy, blocks);
}

/** Sums of dy and of dy n, n = (x - mean) rstd by stats [rows, 2]: two of [blocks, D]. */
export function blockSumsNormalized(
  dy: Tensor,
  x: Tensor,
  stats: Tensor,
  blocks = 1,
): [sum: Tensor, product: Tensor] {
  const partials = run(sumNormalized, { dy, x, stats }, dy, blocks, 2);
  const sum = new Tensor([blocks, dy.dim(-1)]);
  const product = new Tensor([blocks, dy.dim(-1)]);
  dispatch(sumFinishBoth, { partials, sum, product }, dy, blocks);
  return [sum, product];
}

function run<N extends string>(
  k: RowKernel<N | "partial">,
  tensors: Readonly<Record<N, Tensor>>,
  dy: Tensor,
  blocks: number,
  sums = 1,
): Tensor {
  const { chunks } = split(dy, blocks);
  const partial = new Tensor([sums, blocks, chunks, dy.dim(-1)]);
  dispatch<N | "partial">(
    k,
    { ...tensors, partial } as Record<N | "partial", Tensor>,
    dy,
    blocks,
    { chunks, span: columnsEach() },
  );
  return partial;
}

function finish(partials: Tensor, dy: Tensor, blocks: number): Tensor {
  const sum = new Tensor([blocks, dy.dim(-1)]);
  dispatch(sumFinish, { partials, sum }, dy, blocks);
  return sum;
}

function dispatch<N extends string>(
  k: RowKernel<N>,
  tensors: Readonly<Record<N, { readonly storage: Storage }>>,
  dy: Tensor,
  blocks: number,
  { chunks, span }: { chunks: number; span: number } = { chunks: 1, span: 1 },
): void {
  const { kernel, lanes, columns, constants } = rowForm(k, dy.dim(-1));
  emit(
    kernel,
    tensors,
    [Math.ceil(columns / (lanes * span)), chunks, blocks],
    {
      params: { ...split(dy, blocks), columns },
      constants: { ...constants, SPAN: span },
    },
  );
}

/** How the rows of a block are cut into chunks. */
function split(dy: Tensor, blocks: number) {
  const rows = dy.size / dy.dim(-1) / blocks;
  const chunk = Math.max(LEAST_ROWS, Math.ceil(rows / MOST_CHUNKS));
  return { rows, chunk, chunks: Math.ceil(rows / chunk) };
}
