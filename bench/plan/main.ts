import { defineCommand, type Parsed } from "../../cli/flags/flag_types.ts";
import { NAMED_MODELS, namedModel } from "../../infer/estimate/named_models.ts";
import { paperGpu } from "./paper_gpu.ts";
import { type PlanCost, recordTrainingStep } from "./training_step.ts";

/** What the command line knows of `bench plan`. */
export const command = defineCommand({
  name: "bench plan",
  summary:
    "Records a QVGen training step of a published transformer and places its memory, without a GPU or weights, and prints what that takes on the host: at half and at full depth.",
  flags: {
    model: {
      type: "enum",
      values: NAMED_MODELS,
      default: "Wan2.1-T2V-1.3B",
      help: "Whose config to build",
    },
    "gradient-checkpointing": {
      type: "boolean",
      help: "Emit each block of the student again in the backward pass",
    },
  },
  examples: ["--gradient-checkpointing"],
});

const MIB = 2 ** 20;

/** Records and prints. */
export async function planBench(
  { flags }: Parsed<typeof command.flags>,
  _run: unknown,
  print: (line: string) => void = console.log,
): Promise<void> {
  const { transformer, text_rows: textRows } = namedModel(flags.model)!;
  const layers = Number(transformer["num_layers"]);
  const shape = { batch: 1, latents: [16, 5, 60, 104], textRows } as const;
  print("layers  parameters  dispatches  trace s  record s  heap MiB");
  // The first gets the engine warm.
  for (const depth of [1, Math.ceil(layers / 2), layers]) {
    const config = { ...transformer, num_layers: depth };
    const checkpointing = flags["gradient-checkpointing"] ?? false;
    const cost = await recordTrainingStep(
      paperGpu(),
      config,
      shape,
      checkpointing,
    );
    if (depth > 1) print(line(depth, cost));
  }
}

function line(layers: number, cost: PlanCost): string {
  return [
    `${layers}`.padStart(6),
    `${cost.parameters}`.padStart(10),
    `${cost.dispatches}`.padStart(10),
    cost.traceSeconds.toFixed(2).padStart(7),
    cost.recordSeconds.toFixed(2).padStart(8),
    (cost.hostBytes / MIB).toFixed(0).padStart(8),
  ].join("  ");
}
