import { concat, slice } from "../../autograd/slices.ts";
import { linear } from "../../autograd/linear.ts";
import { reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/axes.ts";
import { scale } from "../../autograd/unary.ts";
import { softmax } from "../../autograd/softmax.ts";
import type { Tensor } from "../../autograd/tensor.ts";

const MOST_SCORES = 2 ** 23; // 32 MiB at a time

/**
 * Softmax attention among the places of each frame, with one head as wide as
 * the channels: qkv [1, T, H, W, 3 C] -> [1, T, H, W, C]. The head is wider than
 * the flash kernels take, so some rows of scores are held at a time.
 */
export function frameAttention(qkv: Tensor): Tensor {
  const [, T, H, W, C3] = qkv.shape as [number, number, number, number, number];
  const [L, C] = [H * W, C3 / 3];
  const tokens = reshape(qkv, [T, L, C3]);
  const rows = Math.min(L, Math.max(1, Math.floor(MOST_SCORES / L)));
  const parts: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    const part = (i: number, from = 0, to = L) => {
      const cut = [[t, t + 1], [from, to], [i * C, (i + 1) * C]] as const;
      return reshape(slice(tokens, cut), [to - from, C]);
    };
    const k = part(1);
    const v = permute(part(2), [1, 0]);
    for (let from = 0; from < L; from += rows) {
      const q = scale(part(0, from, Math.min(from + rows, L)), C ** -0.5);
      parts.push(linear(softmax(linear(q, k)), v));
    }
  }
  const y = parts.length === 1 ? parts[0]! : concat(parts, 0);
  return reshape(y, [1, T, H, W, C]);
}
