import { wordsPerRow } from "../core/packing.ts";
import { emit, spread } from "../gpu/emit.ts";
import {
  describeRows,
  packCodes,
  unpackCodes,
} from "../kernels/pack_weight.ts";
import { Tensor } from "./tensor.ts";

/** A quantised weight [N, K] as a checkpoint stores it. */
export interface PackedCodes {
  /** u32 [N, ceil(K bits / 32)]: code i of a row in its bits i bits and up. */
  readonly qweight: Tensor;
  /** Bits of a code, 2 to 8. */
  readonly bits: number;
  /** K, which does not follow from the number of words. */
  readonly inputs: number;
  /** Inputs that share a scale and zero, a multiple of 32; all without. */
  readonly groupSize?: number | undefined;
}

/** What the codes of a weight stand for: s (q - z). */
export interface CodeGrid {
  /** s of each output, [N], or of each group of its inputs, [N, G]. */
  readonly scale: Tensor;
  /** z, likewise, floats. */
  readonly zero: Tensor;
}

/** Packs codes [N, K], whole numbers in floats, into words; no gradient. */
export function packWeight(
  codes: Tensor,
  bits: number,
  groupSize?: number,
): PackedCodes {
  const [N, inputs] = [codes.dim(0), codes.size / codes.dim(0)];
  const words = wordsPerRow({ inputs, bits });
  const qweight = new Tensor([N, words], "u32");
  emit(packCodes, { codes, packed: qweight }, spread(N * words, 64), {
    params: {
      rows: N,
      columns: inputs,
      words,
      bits,
      per_scale: inputs,
      biased: 0,
    },
  });
  return { qweight, bits, inputs, groupSize };
}

/**
 * The terms of each output that a product over codes reads, [N, G, 4]: scale,
 * zero, sum of the codes, bias. Computed once, when a layer is loaded.
 */
export function describeOutputs(
  packed: PackedCodes,
  { scale, zero, bias }: CodeGrid & { readonly bias?: Tensor | undefined },
): Tensor {
  const { rows, groups, params } = checked(packed, { scale, zero });
  if (bias && bias.size !== rows) {
    throw new RangeError(
      `Cannot use bias [${bias.shape}]: the weight has ${rows} outputs`,
    );
  }
  const outputs = new Tensor([rows, groups, 4]);
  emit(
    describeRows,
    { words: packed.qweight, scale, zero, bias: bias ?? scale, outputs },
    spread(rows, 64),
    { params: { ...params, biased: bias ? 1 : 0 } },
  );
  return outputs;
}

/** The weight [N, K] as floats, s (q - z). */
export function unpackWeight(packed: PackedCodes, grid: CodeGrid): Tensor {
  const { rows, params } = checked(packed, grid);
  const y = new Tensor([rows, packed.inputs]);
  emit(
    unpackCodes,
    { words: packed.qweight, ...grid, y },
    spread(y.size, 64),
    { params: { ...params, biased: 0 } },
  );
  return y;
}

/** The sizes of a weight whose words, scales and zeros fit each other. */
function checked(
  { qweight, bits, inputs, groupSize = inputs }: PackedCodes,
  { scale, zero }: CodeGrid,
) {
  const [rows, words] = [qweight.dim(0), qweight.dim(-1)];
  const fit = wordsPerRow({ inputs, bits });
  if (qweight.dtype !== "u32" || words !== fit) {
    throw new RangeError(
      `Cannot use packed weight ${qweight.dtype} [${qweight.shape}]: ${inputs} inputs of ${bits} bits take u32 [${rows},${fit}]`,
    );
  }
  if (groupSize < inputs && groupSize % 32 !== 0) {
    throw new RangeError(
      `Cannot use groups of ${groupSize} inputs: they take a multiple of 32`,
    );
  }
  const groups = Math.ceil(inputs / groupSize);
  if (scale.size !== rows * groups || zero.size !== scale.size) {
    throw new RangeError(
      `Cannot use scale [${scale.shape}] and zero [${zero.shape}]: the weight takes [${rows},${groups}] of each`,
    );
  }
  const params = { rows, columns: inputs, words, bits, per_scale: groupSize };
  return { rows, groups, params };
}
