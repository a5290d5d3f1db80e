import { isMapping, type Mapping } from "../../core/mapping.ts";
import { currentRule } from "../../models/quant/range_rule.ts";

/** The keys and values of a config file, in snake_case, as they are called now. */
export function currentNames(config: Mapping): Mapping {
  const renamed = Object.entries(config).map(([key, value]) => {
    if (key === "clip_rule" && typeof value === "string") {
      return ["range_rule", currentRule(value)];
    }
    if (key === "lr" && isMapping(value) && "clips" in value) {
      const { clips, ...rates } = value;
      return [key, { ...rates, ranges: clips }];
    }
    return [key === "grad_clip" ? "max_grad_norm" : key, value];
  });
  return Object.fromEntries(renamed);
}
