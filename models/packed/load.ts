import { hint, InputError } from "../../core/errors.ts";
import { cut } from "../../core/shown.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Linear } from "../linears/linear.ts";
import { checkFit, load, type TensorSource } from "../weights/load.ts";
import { modulesOf, replaceModules } from "../module.ts";
import type { QuantContext } from "../quant/context.ts";
import { checkScales } from "./check_scales.ts";
import type { QuantizationConfig } from "./config.ts";
import { FakeLinear } from "../linears/fake_linear.ts";
import { PackedLinear, type PackedSettings } from "../linears/packed_linear.ts";

/** Forms of a packed model: run on integers, or on the dequantised codes as floats. */
export const PACKED_FORMS = ["packed", "fake"] as const;

/** How a packed model is to be loaded. */
export interface LoadPackedOptions {
  /** What the config says of the model. */
  readonly quantization: QuantizationConfig;
  /** Tells each call which activation ranges to use. */
  readonly context: QuantContext;
  /** How it is run. */
  readonly form: typeof PACKED_FORMS[number];
  /** Called once the packed linears are in place, before any upload. */
  readonly beforeUpload?: () => void;
}

/**
 * Puts quantised linears in the place of the linears that the config packs, and
 * uploads all weights. Throws InputError, before any upload, if the tensors of
 * the source do not fit model and config or its scales are absurd.
 */
export async function loadPacked(
  gpu: Gpu,
  model: object,
  source: TensorSource,
  { form, beforeUpload = () => {}, ...settings }: LoadPackedOptions,
): Promise<void> {
  const layers = declarePacked(model, source, settings);
  await checkScales(source, layers.keys(), settings.quantization);
  beforeUpload();
  await load(gpu, model, source);
  using plan = await record(gpu, () => {
    if (form === "packed") {
      for (const layer of layers.values()) layer.emitRowSums();
    } else {
      replaceModules(
        PackedLinear,
        model,
        (_, packed) => new FakeLinear(packed),
      );
    }
  });
  await plan.runInParts();
  if (form === "fake") {
    // Of the codes nothing is left to do; biases and ranges are shared.
    for (const { qweight, scale, zero } of layers.values()) {
      for (const tensor of [qweight, scale, zero]) tensor[Symbol.dispose]();
    }
  }
}

/**
 * Puts packed linears, without values, in the place of those that the config
 * packs, and returns them by path. Throws InputError if the tensors of the
 * source do not fit model and config.
 */
export function declarePacked(
  model: object,
  source: Pick<TensorSource, "path" | "tensors">,
  settings: PackedSettings,
): Map<string, PackedLinear> {
  const { modules_to_not_convert: kept } = settings.quantization;
  checkKept(kept, model, source.path);
  replaceModules(
    Linear,
    model,
    (path, plain) =>
      kept.includes(path) ? undefined : new PackedLinear(plain, settings),
  );
  const layers = new Map(modulesOf(PackedLinear, model));
  checkTypes(layers.keys(), source);
  checkFit(model, source);
  return layers;
}

function checkKept(kept: readonly string[], model: object, path: string): void {
  const names = new Set([...modulesOf(Linear, model)].map(([name]) => name));
  for (const name of kept) {
    if (names.has(name)) continue;
    throw new InputError(
      `The config of ${path} leaves ${
        cut(name)
      } alone, but the model has no such linear${hint(name, names)}`,
    );
  }
}

/** Words are uploaded without conversion, so nothing else would notice other types. */
function checkTypes(
  layers: Iterable<string>,
  source: Pick<TensorSource, "path" | "tensors">,
): void {
  for (const layer of layers) {
    const name = `${layer}.qweight`;
    const dtype = source.tensors.get(name)?.dtype ?? "U32";
    if (dtype === "U32") continue;
    throw new InputError(
      `Cannot use ${source.path}: ${name} is ${dtype}, accepted is U32`,
    );
  }
}
