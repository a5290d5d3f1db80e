import { emit, traits } from "../gpu/record.ts";
import { emitRows } from "../kernels/lib/rows.ts";
import { codesTileFor } from "../kernels/matmul_codes.ts";
import { quantizeRows } from "../kernels/quantize_rows.ts";
import {
  CLIP_RATIO,
  type FakeQuantActivationOptions,
  tokensOfSample,
} from "./fake_quant_activation.ts";
import { reshape } from "./op.ts";
import { checkPacked, type PackedCodes } from "./pack_weight.ts";
import { aligned, resized } from "./product.ts";
import { Tensor } from "./tensor.ts";

/** A quantised layer as it is stored, ready for `packedLinear`. */
export interface PackedWeight extends PackedCodes {
  /** s of each output, [N]. */
  readonly scale: Tensor;
  /** z of each output, [N], a float. */
  readonly zero: Tensor;
  /** `codeSums()` of the codes, [N]. */
  readonly rowSums: Tensor;
  /** Added to each output, [N]. */
  readonly bias?: Tensor;
}

/**
 * y = Q(x) Q(W)^T + bias for x [B, ..., K] -> [B, ..., N] on the codes
 * themselves: x is quantised token by token as `fakeQuantActivation` does, to
 * at most 8 bits; weights have 3 or 4 bits. No gradient.
 */
export function packedLinear(
  x: Tensor,
  weight: PackedWeight,
  activation: FakeQuantActivationOptions,
): Tensor {
  const { scale, zero, rowSums, bias, bits, inputs, qweight } = weight;
  const [N, words] = checkPacked(weight);
  check(x, N, weight, activation);
  const { codes, token, blocks } = quantized(x, activation);
  const M = x.size / inputs;
  const tile = codesTileFor(
    M,
    { weights: bits, activations: activation.bits },
    words,
    traits(),
  );
  const y = new Tensor([M, aligned(N)]);
  emit(
    tile.kernel,
    {
      x: codes,
      w: qweight,
      token,
      scale,
      zero,
      row_sums: rowSums,
      bias: bias ?? scale,
      y,
    },
    [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows)],
    {
      params: { m: M, n: N, blocks, words, biased: bias ? 1 : 0 },
      constants: tile.constants,
    },
  );
  return reshape(resized(y, M, N), [...x.shape.slice(0, -1), N]);
}

/** The codes of x in blocks of 32, and what its tokens need to become outputs. */
function quantized(
  x: Tensor,
  { bits, clips, clipRatio = CLIP_RATIO }: FakeQuantActivationOptions,
) {
  const columns = x.dim(-1);
  const rows = x.size / columns;
  const blocks = Math.ceil(columns / 32);
  const BYTES = bits > 4;
  const codes = new Tensor([rows, blocks * (BYTES ? 8 : 4)], "u32");
  const token = new Tensor([rows, 4]);
  const { upper, lower, index } = clips ?? { upper: x, lower: x, index: x };
  emitRows(
    quantizeRows,
    { x, upper, lower, index, codes, token },
    { rows, columns },
    {
      params: {
        tokens: tokensOfSample(x, clips),
        top: 2 ** bits - 1,
        clip: clipRatio,
        count: columns,
        blocks,
      },
      constants: { BYTES, LEARNED: clips !== undefined },
    },
  );
  return { codes, token, blocks };
}

function check(
  x: Tensor,
  N: number,
  { scale, zero, rowSums, bias, bits, inputs }: PackedWeight,
  activation: FakeQuantActivationOptions,
): void {
  if (x.dim(-1) !== inputs) {
    throw new RangeError(
      `Cannot apply packedLinear: x [${x.shape}] has ${
        x.dim(-1)
      } columns, the weight takes ${inputs}`,
    );
  }
  if ((bits !== 3 && bits !== 4) || activation.bits > 8) {
    throw new RangeError(
      `Cannot apply packedLinear: it takes weights of 3 or 4 bits and activations of 8 at most, found W${bits}A${activation.bits}`,
    );
  }
  for (const t of [scale, zero, rowSums, bias]) {
    if (t && t.size !== N) {
      throw new RangeError(
        `Cannot apply packedLinear: ${N} outputs take a scale, zero, sum and bias each, found [${t.shape}]`,
      );
    }
  }
}
