import llvmpipe from "./tunings/llvmpipe.json" with { type: "json" };
import { tableFrom, type TuningTable } from "./tuning_table.ts";

/**
 * Tables that come with the program, by how an adapter's description begins.
 * What they do not name takes its first form: on software Vulkan the small
 * products of the embedded model gain nothing from another.
 */
const SHIPPED: Readonly<Record<string, TuningTable>> = {
  llvmpipe: tableFrom(llvmpipe),
};

/** The table for an adapter; undefined if it is not a known one. */
export function knownTable(
  { description }: Pick<GPUAdapterInfo, "description">,
): TuningTable | undefined {
  const name = Object.keys(SHIPPED).find((name) =>
    description.startsWith(name)
  );
  return name === undefined ? undefined : SHIPPED[name];
}
