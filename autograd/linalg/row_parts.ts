import { aligned } from "../product.ts";
import { Tensor } from "../tensor.ts";
import { Storage } from "../../gpu/storage.ts";
import { traits } from "../../gpu/emit.ts";

/**
 * While recording, a [B, n, m] as parts of its rows that the adapter can bind:
 * itself, or views where one pinned matrix is too large. RangeError where
 * neither is possible.
 */
export function rowParts(a: Tensor): Tensor[] {
  const { maxBindingBytes } = traits();
  const { bytes, buffer, offset } = a.storage;
  if (bytes <= maxBindingBytes) return [a];
  const [batch, n, m] = [a.dim(0), a.dim(1), a.dim(2)];
  // Bindings begin at multiples of 256 bytes, products take multiples of 4 rows.
  const step = Math.max(4, 64 / divisor(64, m));
  const most = Math.floor(maxBindingBytes / (4 * aligned(m) * step)) * step;
  if (batch > 1 || !buffer || most === 0) {
    throw new RangeError(
      `Cannot factor [${a.shape}]: it has ${bytes} bytes, the adapter binds at most ${maxBindingBytes}; give it as parts of its rows, or as one pinned matrix`,
    );
  }
  return Array.from({ length: Math.ceil(n / most) }, (_, i) => {
    const rows = Math.min(most, n - i * most);
    const storage = new Storage(4 * rows * m);
    storage.settle(buffer, offset + 4 * i * most * m, a.storage);
    return new Tensor([1, rows, m], a.dtype, storage);
  });
}

/** The greatest power of two up to `most` that divides m. */
function divisor(most: number, m: number): number {
  return m % most === 0 ? most : divisor(most / 2, m);
}
