import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { RowLayout } from "../../core/packing.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const schema = v.strictObject({
  quant_method: v.literal("qvgen"),
  weight_bits: v.picklist([3, 4]),
  activation_bits: v.pipe(count, v.minValue(2), v.maxValue(8)),
  granularity: v.literal("per_channel"),
  /** Paths of the linears that stay as they are. */
  modules_to_not_convert: v.array(v.string()),
  /** How a token's range is clipped before it is quantised. */
  activation_clips: v.strictObject({
    /** Which pair of learnt clips a call uses. */
    rule: v.picklist(["product", "official"]),
    /** Pairs of learnt clips a linear has; 0 without. */
    groups: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** The fixed share of the range that is kept. */
    ratio: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  }),
});

/** The `quantization_config` of a packed transformer's config.json. */
export type QuantizationConfig = v.InferOutput<typeof schema>;

/** Whether a model's config.json says that its weights are quantised, by whatever method. */
export function isQuantised(config: JsonObject): boolean {
  return config["quantization_config"] !== undefined;
}

/**
 * Checks the `quantization_config` of a config.json object; `path` names it in
 * errors. Throws InputError for other methods and for what is not built.
 */
export function parseQuantization(
  config: JsonObject,
  path: string,
): QuantizationConfig {
  const json = config["quantization_config"];
  const method = isObject(json) ? json["quant_method"] : undefined;
  if (isObject(json) && method !== "qvgen") {
    throw new InputError(
      `${path} names the quant_method ${
        JSON.stringify(method)
      }, accepted is "qvgen"`,
    );
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issues = result.issues.map((i) => {
    const key = v.getDotPath(i);
    return key === null ? i.message : `${key}: ${i.message}`;
  });
  throw new InputError(
    `${path} has no valid quantization_config: ${issues.join("; ")}`,
  );
}

/** How the codes of a linear with this many inputs are packed. */
export function rowLayout(
  { weight_bits: bits }: QuantizationConfig,
  inputs: number,
): RowLayout {
  return { inputs, bits };
}
