import { type Kernel, kernel } from "../gpu/kernel.ts";
import backward from "./attention_backward.wgsl" with { type: "text" };
import bias from "./attention_bias.wgsl" with { type: "text" };
import forward from "./attention_forward.wgsl" with { type: "text" };
import pack from "./attention_pack.wgsl" with { type: "text" };
import plainBackward from "./attention_plain_backward.wgsl" with {
  type: "text",
};
import plainBias from "./attention_plain_bias.wgsl" with { type: "text" };
import plainForward from "./attention_plain_forward.wgsl" with { type: "text" };
import rows from "./attention_rows.wgsl" with { type: "text" };
import stagedBackward from "./attention_staged_backward.wgsl" with {
  type: "text",
};
import stagedForward from "./attention_staged_forward.wgsl" with {
  type: "text",
};
import biased from "./lib/attention_bias_gradient.wgsl" with { type: "text" };
import gradients from "./lib/attention_gradients.wgsl" with { type: "text" };
import operands from "./lib/attention_operands.wgsl" with { type: "text" };
import vec4 from "./lib/element_vec4.wgsl" with { type: "text" };
import subgroup from "./lib/rows_subgroup.wgsl" with { type: "text" };

/** Output and log-sum-exp; groups are (tiles of queries, H, B). */
export type AttentionForward = Kernel<
  "scales" | (typeof FORWARD)[number]
>;
const FORWARD = ["q", "k", "v", "mask", "bias", "o", "lse"] as const;

/** dq, or dk and dv if OWN_KEYS; groups are (tiles of own rows, H, B). */
export type AttentionBackward = Kernel<(typeof BACKWARD)[number]>;
const BACKWARD = ["a", "b", "c", "d", "rows", "bias", "out", "out2"] as const;

/** The gradient of an additive bias. */
export type AttentionBias = Kernel<(typeof BIAS)[number]>;
const BIAS = ["q", "k", "v", "dy", "rows", "bias", "dbias"] as const;

/** A subgroup owns TM queries. */
export const attentionForward: AttentionForward = kernel(
  "attention_forward",
  forward,
  [...FORWARD, "scales"],
);

/** A subgroup owns TM rows. */
export const attentionBackward: AttentionBackward = kernel(
  "attention_backward",
  `${backward}\n${gradients}`,
  BACKWARD,
);

/** Without subgroups: a thread owns a query, 64 a group. */
export const attentionPlainForward: AttentionForward = kernel(
  "attention_plain_forward",
  `${plainForward}\n${operands}`,
  FORWARD,
);

/** Without subgroups: a thread owns a row, 64 a group. */
export const attentionPlainBackward: AttentionBackward = kernel(
  "attention_plain_backward",
  `${plainBackward}\n${gradients}`,
  BACKWARD,
);

/** Without subgroups: threads share rows of workgroup memory. */
export const attentionStagedForward: AttentionForward = kernel(
  "attention_staged_forward",
  `${stagedForward}\n${operands}`,
  FORWARD,
);

/** Without subgroups: threads share rows of workgroup memory. */
export const attentionStagedBackward: AttentionBackward = kernel(
  "attention_staged_backward",
  `${stagedBackward}\n${gradients}`,
  BACKWARD,
);

/** Rows of heads in f16 or int8, by subgroups; `walk` rows a group. */
export const attentionPack: Kernel<"x" | "sums" | "y" | "scales"> = kernel(
  "attention_pack",
  `${pack}\n${subgroup}\n${vec4}`,
  ["x", "sums", "y", "scales"],
);

/** Gathers lse, delta and the mask for the backward pass; 64 threads a group. */
export const attentionRows: Kernel<"o" | "dy" | "lse" | "mask" | "rows"> =
  kernel("attention_rows", rows, ["o", "dy", "lse", "mask", "rows"]);

/** A subgroup owns TM queries by LANES TN keys; groups are (tiles, H, biases). */
export const attentionBias: AttentionBias = kernel(
  "attention_bias",
  `${bias}\n${biased}`,
  BIAS,
);

/** Without subgroups: a thread for each value, 64 a group. */
export const attentionPlainBias: AttentionBias = kernel(
  "attention_plain_bias",
  `${plainBias}\n${biased}`,
  BIAS,
);
