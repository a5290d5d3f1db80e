import type { Dispatch } from "./dispatch.ts";

/** A dispatch with its pipeline and buffers bound. */
export interface Step {
  readonly label: string;
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly offsets: readonly number[];
  readonly groups: readonly [number, number, number];
}

/** Encodes one step into a pass. */
export function encodeStep(pass: GPUComputePassEncoder, step: Step): void {
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.group, step.offsets as number[]);
  pass.dispatchWorkgroups(...step.groups);
}
