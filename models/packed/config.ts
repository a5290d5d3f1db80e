import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { checked, count, layers } from "../../core/schema.ts";
import { shown } from "../../core/shown.ts";
import type { RowLayout } from "../../core/packing.ts";
import {
  currentRule,
  RANGE_RULES,
  type RangeRuleName,
} from "../quant/range_rule.ts";

const bits = v.pipe(count, v.minValue(2), v.maxValue(8));

const keys = v.strictObject({
  quant_method: v.literal("qvgen"),
  weight_bits: bits,
  activation_bits: bits,
  granularity: v.picklist(["per_channel", "per_group"]),
  group_size: v.exactOptional(v.pipe(count, v.multipleOf(32))),
  modules_to_not_convert: v.array(v.string()),
  activation_clips: v.strictObject({
    rule: v.pipe(
      v.string(),
      v.transform(currentRule),
      v.picklist(RANGE_RULES),
    ),
    groups: v.union([v.literal(0), layers]),
    ratio: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  }),
});

const schema = v.pipe(
  keys,
  v.check(
    (c) => (c.granularity === "per_group") === (c.group_size !== undefined),
    "group_size goes with the granularity per_group, and only with it",
  ),
);

/** The `quantization_config` of a packed transformer's config.json. */
export interface QuantizationConfig {
  /** How it was quantised. */
  readonly quant_method: "qvgen";
  /** Bits of a weight's code, 2 to 8. */
  readonly weight_bits: number;
  /** Bits that a token is quantised to, 2 to 8. */
  readonly activation_bits: number;
  /** A scale and a zero for each output channel, or for each group of its inputs. */
  readonly granularity: "per_channel" | "per_group";
  /** Inputs of a group, a multiple of 32; the last group may have fewer. */
  readonly group_size?: number;
  /** Paths of the linears that stay as they are. */
  readonly modules_to_not_convert: readonly string[];
  /** How a token's range is narrowed before it is quantised. */
  readonly activation_clips: {
    /** Which pair of learnt ranges a call uses. */
    readonly rule: RangeRuleName;
    /** Pairs of learnt ranges a linear has; 0 without. */
    readonly groups: number;
    /** The fixed share of the range that is kept. */
    readonly ratio: number;
  };
}

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
      `${path} names the quant_method ${shown(method)}, accepted is "qvgen"`,
    );
  }
  return checked(schema, json, `${path} has no valid quantization_config`);
}

/** How the codes of a linear with this many inputs are packed. */
export function rowLayout(
  { weight_bits: bits }: QuantizationConfig,
  inputs: number,
): RowLayout {
  return { inputs, bits };
}

/** How many scales, and zeros, a row of so many inputs has. */
export function groupsOf(
  { group_size }: QuantizationConfig,
  inputs: number,
): number {
  return Math.ceil(inputs / (group_size ?? inputs));
}
