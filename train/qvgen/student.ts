import type { Bits } from "../../core/bits.ts";
import type { Gpu } from "../../gpu/device.ts";
import { Linear } from "../../models/linears/linear.ts";
import { load, type TensorSource } from "../../models/weights/load.ts";
import { modulesOf, parameters, replaceModules } from "../../models/module.ts";
import {
  QuantContext,
  type RangeSettings,
} from "../../models/quant/context.ts";
import { QuantLinear } from "../../models/linears/quant_linear.ts";
import { initialiseLinears } from "./initialise_linears.ts";
import { declareTransformer } from "../../models/transformers.ts";
import type { VideoTransformer } from "../../models/video_transformer.ts";

/** How a student is quantised. */
export interface StudentSettings {
  /** Bits of weights and activations. */
  readonly bits: Bits;
  /** First rank of Phi, 0 for none. */
  readonly rank: number;
  /** The learnt ranges of activations. */
  readonly ranges: RangeSettings;
}

/** A transformer in training, with what its quantised linears share. */
export interface Student {
  /** The network that is trained. */
  readonly transformer: VideoTransformer;
  /** What changes from call to call: ranges and gamma. */
  readonly context: QuantContext;
  /** Quantised linears by name; none where the student is not quantised. */
  readonly linears: ReadonlyMap<string, QuantLinear>;
}

/**
 * Declares a student of the teacher's class and config, nothing loaded yet:
 * every linear quantised, or, without settings, a plain transformer.
 */
export function declareStudent(
  teacher: VideoTransformer,
  settings: StudentSettings | undefined,
): Student {
  const transformer = declareTransformer(teacher.json, "The teacher");
  const context = new QuantContext();
  if (settings) {
    replaceModules(
      Linear,
      transformer,
      (_, plain) => new QuantLinear(plain, { ...settings, context }),
    );
  }
  const linears = new Map(modulesOf(QuantLinear, transformer));
  return { transformer, context, linears };
}

/**
 * Fills a student from the full-precision weights: w and b are copies, scale
 * and zero minimise the L2.4 error of each output channel, ranges start at
 * sigmoid^-1(0.95), and Phi's factors are the truncated SVD of W - Q(W) (Eq. 12).
 */
export async function initialiseStudent(
  gpu: Gpu,
  { transformer, linears }: Student,
  teacher: TensorSource,
): Promise<void> {
  const quantizers = [...linears.values()]
    .flatMap(({ wquantizer, aquantizer }) => [wquantizer, aquantizer]);
  const derived = new Set(
    quantizers.flatMap((q) => [...parameters(q)].map(([, p]) => p)),
  );
  const copied = parameters(transformer).filter(([, p]) => !derived.has(p))
    .map(([name, p]) => [teacherName(name, linears), p] as const);
  await load(gpu, Object.fromEntries(copied), teacher);
  await initialiseLinears(gpu, linears.values());
}

/** `NAME.w` and `NAME.b` of a quantised linear are the teacher's weight and bias. */
function teacherName(
  name: string,
  linears: Student["linears"],
): string {
  const dot = name.lastIndexOf(".");
  const field = name.slice(dot + 1);
  if (!linears.has(name.slice(0, dot))) return name;
  return `${name.slice(0, dot)}.${field === "w" ? "weight" : "bias"}`;
}
