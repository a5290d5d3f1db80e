import { emit, spread } from "../gpu/emit.ts";
import { embeddingGather, embeddingScatter } from "../kernels/embedding.ts";
import { lanes } from "../kernels/lib/walks.ts";
import { full } from "./full.ts";
import { differentiable } from "./op.ts";
import { requireF32 } from "./shapes.ts";
import { Tensor } from "./tensor.ts";

/** The rows of `table` [V, D] that `ids` (u32 or i32, below V) name: [...ids, D]. */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  requireF32("embedding", table);
  const [rows = 0, width = 0, ...rest] = table.shape;
  if (rows === 0 || width === 0 || rest.length > 0) {
    throw new RangeError(
      `Cannot apply embedding: table [${table.shape}] is not [V, D]`,
    );
  }
  if (ids.dtype !== "u32" && ids.dtype !== "i32") {
    throw new TypeError(
      `Cannot apply embedding: ids are u32 or i32, found ${ids.dtype} [${ids.shape}]`,
    );
  }
  const groups = spread(ids.size, 1);
  const options = { params: { rows, width }, constants: { LANES: lanes() } };
  const y = new Tensor([...ids.shape, width]);
  emit(embeddingGather, { table, ids, y }, groups, options);
  return differentiable(y, [table], (dy) => {
    const dtable = full(table.shape, 0);
    emit(embeddingScatter, { ids, dy, dtable }, groups, options);
    return [dtable];
  });
}
