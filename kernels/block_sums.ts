import source from "./block_sums.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";

/** Partial sums of dy; groups (columns / (lanes SPAN), chunks, blocks) for all but the finish. */
export const sumPlain: RowKernel<"dy" | "partial"> = rowKernel(
  "block_sums",
  source,
  ["dy", "partial"],
  "plain",
);

/** Partial sums of dy x. */
export const sumWeighted: RowKernel<"dy" | "x" | "partial"> = rowKernel(
  "block_sums",
  source,
  ["dy", "x", "partial"],
  "weighted",
);

/** Partial sums of dy, then those of dy (x - mean) rstd. */
export const sumNormalized: RowKernel<"dy" | "x" | "stats" | "partial"> =
  rowKernel(
    "block_sums",
    source,
    ["dy", "x", "stats", "partial"],
    "normalized",
  );

/** sum = the partial sums of each block; groups (columns / lanes, 1, blocks). */
export const sumFinish: RowKernel<"partials" | "sum"> = rowKernel(
  "block_sums",
  source,
  ["partials", "sum"],
  "finish",
);

/** As `sumFinish`, for both sums of `sumNormalized`. */
export const sumFinishBoth: RowKernel<"partials" | "sum" | "product"> =
  rowKernel(
    "block_sums",
    source,
    ["partials", "sum", "product"],
    "finish_both",
  );
