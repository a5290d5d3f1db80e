import { wordsPerRow } from "../core/packing.ts";
import { emit, spread } from "../gpu/record.ts";
import { packCodes, sumCodes, unpackCodes } from "../kernels/pack_weight.ts";
import { Tensor } from "./tensor.ts";

/** A quantised weight [N, K] as a checkpoint stores it. */
export interface PackedCodes {
  /** u32 [N, ceil(K bits / 32)]: code i of a row in its bits i bits and up. */
  readonly qweight: Tensor;
  /** Bits of a code. */
  readonly bits: number;
  /** K, which the words do not tell. */
  readonly inputs: number;
}

/** Packs codes [N, K], whole numbers in floats, into words; no gradient. */
export function packWeight(codes: Tensor, bits: number): PackedCodes {
  const [N, inputs] = [codes.dim(0), codes.size / codes.dim(0)];
  const words = wordsPerRow({ inputs, bits });
  const qweight = new Tensor([N, words], "u32");
  emit(packCodes, { codes, packed: qweight }, spread(N * words, 64), {
    params: { rows: N, columns: inputs, words, bits, per_scale: 1 },
  });
  return { qweight, bits, inputs };
}

/** Sums of the codes of each row, [N]: computed once when a layer is loaded. */
export function codeSums(packed: PackedCodes): Tensor {
  const { qweight, bits, inputs } = packed;
  const [rows, words] = checkPacked(packed);
  const sums = new Tensor([rows]);
  emit(sumCodes, { words: qweight, sums }, spread(rows, 64), {
    params: { rows, columns: inputs, words, bits, per_scale: 1 },
  });
  return sums;
}

/** The weight [N, K] as floats, s (q - z); as many scales as divide it. */
export function unpackWeight(
  packed: PackedCodes,
  { scale, zero }: { readonly scale: Tensor; readonly zero: Tensor },
): Tensor {
  const { qweight, bits, inputs } = packed;
  const [rows, words] = checkPacked(packed);
  const per_scale = rows * inputs / scale.size;
  if (!Number.isInteger(per_scale) || zero.size !== scale.size) {
    throw new RangeError(
      `Cannot unpack weight [${rows},${inputs}]: scale [${scale.shape}] and zero [${zero.shape}] do not divide it`,
    );
  }
  const y = new Tensor([rows, inputs]);
  emit(unpackCodes, { words: qweight, scale, zero, y }, spread(y.size, 64), {
    params: { rows, columns: inputs, words, bits, per_scale },
  });
  return y;
}

/** [N, words of a row], where `qweight` is as long as its codes take. */
export function checkPacked(
  { qweight, bits, inputs }: PackedCodes,
): [rows: number, words: number] {
  const [rows, words] = [qweight.dim(0), qweight.dim(-1)];
  if (qweight.dtype !== "u32" || words !== wordsPerRow({ inputs, bits })) {
    throw new RangeError(
      `Cannot use packed weight ${qweight.dtype} [${qweight.shape}]: ${inputs} inputs of ${bits} bits take u32 [${rows},${
        wordsPerRow({ inputs, bits })
      }]`,
    );
  }
  return [rows, words];
}
