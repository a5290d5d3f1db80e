import { concat, slice } from "../../autograd/slices.ts";
import { linear } from "../../autograd/linear.ts";
import { type Epilogue, epilogue } from "../../autograd/linear_epilogue.ts";
import { differentiable } from "../../autograd/op.ts";
import { Tensor } from "../../autograd/tensor.ts";
import { settleInside } from "../../gpu/paging.ts";
import { Storage } from "../../gpu/storage.ts";
import { traits } from "../../gpu/emit.ts";

/** Bindings begin at multiples of so many bytes. */
const ALIGNMENT = 256;

/**
 * `linear`: x [..., K], weight [N, K], bias [N] -> [..., N]. A weight
 * larger than the adapter binds at once is bound in parts of its rows; it must
 * be on the GPU already, and takes no gradient.
 */
export function splitLinear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  ends: Epilogue = {},
): Tensor {
  const { maxBindingBytes } = traits();
  if (weight.storage.bytes <= maxBindingBytes) {
    return linear(x, weight, bias, ends);
  }
  const rows = rowsThatFit(weight, maxBindingBytes);
  const parts: Tensor[] = [];
  for (let start = 0; start < weight.dim(0); start += rows) {
    const end = Math.min(start + rows, weight.dim(0));
    const b = bias && slice(bias, [[start, end]]);
    parts.push(linear(x, partOf(weight, start, end), b));
  }
  return epilogue(concat(parts, -1), ends);
}

/** How many rows of a weight fit `limit` bytes, parts aligned; products like multiples of 4. */
export function rowsThatFit(weight: Tensor, limit: number): number {
  const rowBytes = weight.storage.bytes / weight.dim(0);
  let step = 4;
  while (step * rowBytes % ALIGNMENT !== 0) step *= 2;
  const rows = Math.floor(limit / (step * rowBytes)) * step;
  if (rows > 0) return rows;
  throw new RangeError(
    `Cannot split ${weight.dtype} [${weight.shape}] over rows: ${step} of them have ${
      step * rowBytes
    } bytes, the adapter binds at most ${limit}`,
  );
}

function partOf(weight: Tensor, start: number, end: number): Tensor {
  const [rows, K] = [weight.dim(0), weight.dim(1)];
  const rowBytes = weight.storage.bytes / rows;
  const storage = new Storage((end - start) * rowBytes);
  settleInside(weight.storage, storage, start * rowBytes);
  const part = new Tensor([end - start, K], weight.dtype, storage);
  return differentiable(part, [weight], () => {
    throw new RangeError(
      `Cannot train a weight of ${weight.storage.bytes} bytes: it is bound in parts`,
    );
  });
}
