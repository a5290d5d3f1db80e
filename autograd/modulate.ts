import { emitRows } from "../kernels/lib/rows.ts";
import { gatedRows, modulateRows } from "../kernels/modulate.ts";
import { blockSum, blockSumWeighted } from "./block_sums.ts";
import { differentiable, reshape } from "./op.ts";
import { like, type Tensor } from "./tensor.ts";

/** x (1 + scale) + shift, x [B, L, D], scale and shift [B, D]. */
export function modulate(x: Tensor, shift: Tensor, scale: Tensor): Tensor {
  const { size, blocks, span } = sizes("modulate", x, [shift, scale]);
  const y = like(x);
  emitRows(modulateRows, { x, gain: scale, shift, y }, size, {
    params: { span, one: 1 },
    constants: { SHIFT: true },
  });
  return differentiable(y, [x, shift, scale], (dy) => [
    scaled(dy, scale, 1),
    reshape(blockSum(dy, blocks), shift.shape),
    reshape(blockSumWeighted(dy, x, blocks), scale.shape),
  ]);
}

/** x + y gate, x and y [B, L, D], gate [B, D]. */
export function gatedResidual(x: Tensor, y: Tensor, gate: Tensor): Tensor {
  const { size, blocks, span } = sizes("gatedResidual", x, [gate]);
  if (y.size !== x.size) {
    throw new RangeError(
      `Cannot apply gatedResidual: x [${x.shape}] and y [${y.shape}] differ`,
    );
  }
  const out = like(x);
  emitRows(gatedRows, { residual: x, x: y, gain: gate, y: out }, size, {
    params: { span, one: 0 },
  });
  return differentiable(out, [x, y, gate], (dout) => [
    dout,
    scaled(dout, gate, 0),
    reshape(blockSumWeighted(dout, y, blocks), gate.shape),
  ]);
}

/** x (one + gain), x [B, L, D], gain [B, D], without a gradient. */
export function scaled(x: Tensor, gain: Tensor, one: number): Tensor {
  const { size, span } = sizes("modulate", x, [gain]);
  const y = like(x);
  emitRows(modulateRows, { x, gain, shift: gain, y }, size, {
    params: { span, one },
    constants: { SHIFT: false },
  });
  return y;
}

function sizes(name: string, x: Tensor, vectors: readonly Tensor[]) {
  const columns = x.dim(-1);
  const blocks = x.dim(0);
  for (const t of vectors) {
    if (t.size !== blocks * columns) {
      throw new RangeError(
        `Cannot apply ${name}: x [${x.shape}] takes vectors [${blocks},${columns}], found [${t.shape}]`,
      );
    }
  }
  const rows = x.size / columns;
  return { size: { rows, columns }, blocks, span: rows / blocks };
}
