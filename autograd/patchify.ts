import { reshape } from "./op.ts";
import { permute } from "./permute.ts";
import type { Shape, Tensor } from "./tensor.ts";

/**
 * Latents [B, C, T, H, W] as tokens [B, L, C pt ph pw] in T, H, W order; a
 * patch of the sizes [pt, ph, pw] has its channel slowest.
 */
export function patchify(x: Tensor, patch: Shape): Tensor {
  const [B = 0, C = 0, ...size] = x.shape;
  const grid = size.map((n, i) => n / (patch[i] ?? NaN));
  if (
    patch.length !== 3 || size.length !== 3 || !grid.every(Number.isInteger)
  ) {
    throw new RangeError(
      `Cannot patchify [${x.shape}] into patches of [${patch}]`,
    );
  }
  const [t, h, w] = grid as [number, number, number];
  const [pt, ph, pw] = patch as [number, number, number];
  const split = reshape(x, [B, C, t, pt, h, ph, w, pw]);
  return reshape(
    permute(split, [0, 2, 4, 6, 1, 3, 5, 7]),
    [B, t * h * w, C * pt * ph * pw],
  );
}
