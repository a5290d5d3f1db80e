import { ACTIVATIONS } from "../kernels/matmul.ts";
import { add, mul } from "./binary.ts";
import { gelu, silu } from "./unary.ts";
import { gatedResidual } from "./modulate.ts";
import { reshape } from "./op.ts";
import { type Shape, sizeOf, type Tensor } from "./tensor.ts";

/** y = residual + gate activation(z): what a linear layer may fuse. */
export interface Epilogue {
  /** GELU (tanh form) or SiLU of the sums. */
  readonly activation?: "gelu" | "silu" | undefined;
  /** [B, N]: one row for each of B equal blocks of rows. */
  readonly gate?: Tensor | undefined;
  /** Added at the end; has the size of y. */
  readonly residual?: Tensor | undefined;
}

/** The epilogue op by op: a fused one must equal it, and has its gradients. */
export function epilogue(
  z: Tensor,
  { activation, gate, residual }: Epilogue,
): Tensor {
  const a = activation === "gelu"
    ? gelu(z)
    : activation === "silu"
    ? silu(z)
    : z;
  if (!gate) return residual ? reshape(add(residual, a), z.shape) : a;
  const N = z.dim(-1);
  const B = gate.size / N;
  const blocks = [B, z.size / gate.size, N];
  const rows = reshape(a, blocks);
  const y = residual
    ? gatedResidual(reshape(residual, blocks), rows, reshape(gate, [B, N]))
    : mul(rows, reshape(gate, [B, 1, N]));
  return reshape(y, z.shape);
}

/** Throws a RangeError for an unknown activation, and unless gate and residual fit y of this shape. */
export function fits(
  shape: Shape,
  { activation, gate, residual }: Epilogue,
): void {
  if (!((activation ?? "none") in ACTIVATIONS)) {
    throw new RangeError(
      `Cannot apply linear: found the activation ${activation}, accepted are gelu and silu`,
    );
  }
  const N = shape.at(-1)!;
  const rows = sizeOf(shape) / N;
  if (gate && (gate.dim(-1) !== N || rows % (gate.size / N) !== 0)) {
    throw new RangeError(
      `Cannot apply linear: gate [${gate.shape}] does not fit a result [${shape}]`,
    );
  }
  if (residual && residual.size !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot apply linear: residual [${residual.shape}] does not fit a result [${shape}]`,
    );
  }
}
