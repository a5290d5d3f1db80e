import { Stream } from "../../core/random.ts";
import { MemorySource, type MemoryTensor } from "../../models/weights/load.ts";
import { type Parameter, parameters } from "../../models/module.ts";
import type { TextEncoder } from "../../models/text/text_encoder.ts";
import type { WanTransformer3DModel } from "../../models/wan/transformer.ts";

type Deviation = number | "ones" | "zeros";

/** Weights of a new transformer, distributed as Wan's own training starts. */
export function initialTransformer(
  model: WanTransformer3DModel,
  seed: number,
): MemorySource {
  return filled("a new transformer", model, seed, (name, { shape }) => {
    if (/norm\w*\.weight$/.test(name)) return "ones";
    if (name.endsWith("bias") || name.startsWith("proj_out")) return "zeros";
    if (name.endsWith("scale_shift_table")) return shape.at(-1)! ** -0.5;
    if (/(time|text)_embedder/.test(name)) return 0.02;
    return xavier(shape);
  });
}

/** Weights of a new text encoder, distributed as transformers starts UMT5. */
export function initialEncoder(
  model: TextEncoder,
  seed: number,
): MemorySource {
  const { d_model, d_kv, d_ff, num_heads } = model.config;
  const inner = d_kv * num_heads;
  return filled("a new text encoder", model, seed, (name) => {
    if (name.includes("layer_norm")) return "ones";
    if (name === "shared.weight") return 1;
    if (name.endsWith("SelfAttention.q.weight")) {
      return (d_model * d_kv) ** -0.5;
    }
    if (name.endsWith("SelfAttention.o.weight")) return inner ** -0.5;
    if (name.endsWith("wo.weight")) return d_ff ** -0.5;
    return d_model ** -0.5;
  });
}

/** Deviation of Xavier's uniform distribution: sqrt(2 / (inputs + outputs)). */
function xavier([outputs = 1, ...rest]: readonly number[]): number {
  const inputs = rest.reduce((a, b) => a * b, 1);
  return Math.sqrt(2 / (inputs + outputs));
}

function filled(
  path: string,
  model: object,
  seed: number,
  deviationOf: (name: string, parameter: Parameter) => Deviation,
): MemorySource {
  const tensors = new Map<string, MemoryTensor>();
  for (const [name, parameter] of parameters(model)) {
    const { shape, size } = parameter;
    const deviation = deviationOf(name, parameter);
    const data = typeof deviation === "number"
      ? new Stream(seed, `weights of ${name}`).normals(size)
        .map((v) => v * deviation)
      : new Float32Array(size).fill(deviation === "ones" ? 1 : 0);
    tensors.set(name, { shape, data });
  }
  return new MemorySource(path, tensors);
}
