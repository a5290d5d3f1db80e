import { readAll } from "../../autograd/tensor.ts";
import { weightCodes } from "../../autograd/fake_quant_weight.ts";
import type { Bits } from "../../core/bits.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { writeCheckpoint } from "../../io/checkpoint_writer.ts";
import { type Parameter, parameters } from "../../models/module.ts";
import type { QuantizationConfig } from "../../models/packed/config.ts";
import {
  type LayerToPack,
  packedCheckpoint,
} from "../../models/packed/write.ts";
import type { RangeRuleName } from "../../models/quant/range_rule.ts";
import type { RangeSettings } from "../../models/quant/context.ts";
import type { QuantLinear } from "../../models/linears/quant_linear.ts";
import { download } from "../../models/weights/save.ts";
import type { Student } from "./student.ts";

/** How the student was quantised, for its config. */
export interface ExportSettings {
  /** Bits of weights (3 or 4) and activations. */
  readonly bits: Bits;
  /** Its learnt activation ranges. */
  readonly ranges: RangeSettings;
  /** Which of them a call uses. */
  readonly rule: RangeRuleName;
}

/**
 * Writes a trained student as a transformer folder: packed, with integer codes
 * instead of weights, once Phi is gone; one that is not quantised in f32.
 */
export async function exportStudent(
  gpu: Gpu,
  folder: string,
  { transformer, linears }: Student,
  { bits, ranges, rule }: ExportSettings,
): Promise<void> {
  const config = transformer.json;
  if (linears.size === 0) {
    const tensors = download(gpu, parameters(transformer));
    return await writeCheckpoint(folder, { config, tensors });
  }
  const quantization: QuantizationConfig = {
    quant_method: "qvgen",
    weight_bits: bits.weights as 3 | 4,
    activation_bits: bits.activations,
    granularity: "per_channel",
    modules_to_not_convert: [],
    activation_clips: { rule, groups: ranges.count, ratio: ranges.ratio },
  };
  const inside = new Set<Parameter>();
  const layers = new Map<string, LayerToPack>();
  for (const [name, linear] of linears) {
    for (const [, p] of parameters(linear)) inside.add(p);
    layers.set(name, await packLayer(gpu, linear));
  }
  const others = [...parameters(transformer)].filter(([, p]) => !inside.has(p));
  await writeCheckpoint(
    folder,
    packedCheckpoint({
      config,
      quantization,
      layers,
      others: download(gpu, others),
    }),
  );
}

async function packLayer(gpu: Gpu, linear: QuantLinear): Promise<LayerToPack> {
  const { w, b, wquantizer: { scale, zero_point }, aquantizer } = linear;
  const { upper, lower } = aquantizer;
  const small = [scale, zero_point, upper, lower, ...(b ? [b] : [])];
  const [s, z, u, l, bias] = await readAll(gpu, small);
  return {
    inputs: w.dim(1),
    codes: () => readCodes(gpu, linear), // one layer's at a time
    scale: s!,
    zero: z!,
    ranges: { upper: u!, lower: l! },
    ...(bias && { bias }),
  };
}

async function readCodes(
  gpu: Gpu,
  { w, wquantizer: { scale, zero_point: zero }, bits }: QuantLinear,
): Promise<Uint8Array> {
  using plan = await record(
    gpu,
    () => weightCodes(w, { scale, zero, bits: bits.weights }).keep(),
  );
  await plan.runInParts();
  const codes = await plan.result.read(gpu);
  plan.result.dispose();
  return Uint8Array.from(codes);
}
