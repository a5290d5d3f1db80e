import cogvideox2 from "../../models/configs/CogVideoX-2B.json" with {
  type: "json",
};
import cogvideox5 from "../../models/configs/CogVideoX1.5-5B.json" with {
  type: "json",
};
import wan1 from "../../models/configs/Wan2.1-T2V-1.3B.json" with {
  type: "json",
};
import wan14 from "../../models/configs/Wan2.1-T2V-14B.json" with {
  type: "json",
};
import type { ModelConfigs } from "./estimate.ts";

const MODELS = {
  "Wan2.1-T2V-1.3B": wan1,
  "Wan2.1-T2V-14B": wan14,
  "CogVideoX-2B": cogvideox2,
  "CogVideoX1.5-5B": cogvideox5,
};

/** Published models whose configs come with this program. */
export const NAMED_MODELS: readonly string[] = Object.keys(MODELS);

/** The configs of a published model by its name; undefined for all others. */
export function namedModel(name: string): ModelConfigs | undefined {
  const found = Object.entries(MODELS).find(([known]) => known === name);
  return found && { name: found[0], ...found[1] };
}
