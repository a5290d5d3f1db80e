import { type Kernel, kernel } from "../gpu/kernel.ts";
import backward from "./attention_backward.wgsl" with { type: "text" };
import bias from "./attention_bias.wgsl" with { type: "text" };
import forward from "./attention_forward.wgsl" with { type: "text" };
import plainBackward from "./attention_plain_backward.wgsl" with {
  type: "text",
};
import plainForward from "./attention_plain_forward.wgsl" with { type: "text" };
import rows from "./attention_rows.wgsl" with { type: "text" };

/** Output and log-sum-exp; groups are (tiles of queries, H, B). */
export type AttentionForward = Kernel<(typeof FORWARD)[number]>;
const FORWARD = ["q", "k", "v", "mask", "bias", "o", "lse"] as const;

/** dq, or dk and dv if OWN_KEYS; groups are (tiles of own rows, H, B). */
export type AttentionBackward = Kernel<(typeof BACKWARD)[number]>;
const BACKWARD = ["a", "b", "c", "d", "rows", "bias", "out", "out2"] as const;

/** A subgroup owns TM queries. */
export const attentionForward: AttentionForward = kernel(
  "attention_forward",
  forward,
  FORWARD,
);

/** A subgroup owns TM rows. */
export const attentionBackward: AttentionBackward = kernel(
  "attention_backward",
  backward,
  BACKWARD,
);

/** Without subgroups: a thread owns a query, 64 a group. */
export const attentionPlainForward: AttentionForward = kernel(
  "attention_plain_forward",
  plainForward,
  FORWARD,
);

/** Without subgroups: a thread owns a row, 64 a group. */
export const attentionPlainBackward: AttentionBackward = kernel(
  "attention_plain_backward",
  plainBackward,
  BACKWARD,
);

/** Gathers lse, delta and the mask for the backward pass; 64 threads a group. */
export const attentionRows: Kernel<"o" | "dy" | "lse" | "mask" | "rows"> =
  kernel("attention_rows", rows, ["o", "dy", "lse", "mask", "rows"]);

/** The gradient of an additive bias; 64 values a group. */
export const attentionBias: Kernel<
  "q" | "k" | "v" | "dy" | "rows" | "bias" | "dbias"
> = kernel(
  "attention_bias",
  bias,
  ["q", "k", "v", "dy", "rows", "bias", "dbias"],
);
