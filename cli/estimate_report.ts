import { type Estimate, estimate } from "../infer/estimate/estimate.ts";
import { NAMED_MODELS, namedModel } from "../infer/estimate/named_models.ts";
import type { FoundModel } from "../infer/estimate/model_configs.ts";

/** `1,418,996,800`. */
function whole(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

const THREE_DIGITS = new Intl.NumberFormat("en-US", {
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});

/** Three digits with a decimal prefix, as disks and models are sold: `2.84 GB`. */
function scaled(n: number, prefixes: string, unit: string): string {
  const step = n >= 1e12 && prefixes.includes("T")
    ? [1e12, "T"] as const
    : n >= 1e9
    ? [1e9, "G"] as const
    : [1e6, "M"] as const;
  return `${THREE_DIGITS.format(n / step[0])} ${step[1]}${unit}`;
}

function gigabytes(bytes: number): string {
  return scaled(bytes, "MG", "B");
}

function teraflops(n: number): string {
  return scaled(n, "MGT", "FLOP");
}

function rows(columns: readonly (readonly string[])[]): string[] {
  const widths = columns[0]!.map((_, i) =>
    Math.max(...columns.map((row) => row[i]!.length))
  );
  return columns.map((row) =>
    row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]! + 2)
    ).join("")
  );
}

/** An estimate for reading. */
export function estimateLines(
  name: string,
  { size, precision, parts, peak, tokens, flops }: Estimate,
  found: FoundModel["foundBytes"],
): string[] {
  const { frames, height, width } = size;
  const all = flops.linear + flops.attention + flops.cross;
  const share = (n: number) =>
    `${teraflops(n)} (${Math.round(100 * n / all)} %)`;
  const isFound = Object.keys(found).length > 0;
  const table = Object.entries(parts).map(([part, p]) => [
    part,
    whole(p.parameters),
    gigabytes(p.diskBytes),
    gigabytes(p.gpuBytes),
    ...(isFound ? [gigabytes(found[part as keyof typeof found] ?? 0)] : []),
  ]);
  const head = ["part", "parameters", "on disk", "on the GPU"];
  return [
    `${name}: ${frames} frames of ${width}x${height}, transformer ${precision}`,
    "",
    ...rows([isFound ? [...head, "its files now"] : head, ...table]),
    "",
    `peak GPU bytes, estimated: ${
      Object.entries(peak).map(([phase, bytes]) =>
        `${phase} ${gigabytes(bytes)}`
      )
        .join(", ")
    }`,
    `one call of the transformer: ${whole(tokens.video)} tokens of video, ${
      whole(tokens.text)
    } of text, ${teraflops(all)}`,
    `  linear ${share(flops.linear)}, attention ${share(flops.attention)}${
      flops.cross > 0 ? `, cross attention ${share(flops.cross)}` : ""
    }`,
    `a step with guidance makes two: ${teraflops(2 * all)}`,
  ];
}

/** What each named model takes at its own size, packed and with weights in f16. */
export function namedEstimates(bits: 3 | 4) {
  return NAMED_MODELS.map((name) => {
    const model = namedModel(name)!;
    const packed = estimate(model, "packed", model.default, bits);
    const half = estimate(model, "f16");
    const { diskBytes: f16DiskBytes } = half.parts.transformer;
    return { model: name, ...packed, f16DiskBytes };
  });
}

/** A Markdown table of the named models at their own sizes. */
export function estimateTable(bits: 3 | 4): string[] {
  const lines = namedEstimates(bits).map((packed) => {
    const { transformer, text_encoder, vae } = packed.parts;
    const { linear, attention, cross } = packed.flops;
    const { frames, height, width } = packed.size;
    return [
      packed.model,
      whole(transformer.parameters),
      whole(text_encoder.parameters),
      whole(vae.parameters),
      gigabytes(packed.f16DiskBytes),
      gigabytes(transformer.diskBytes),
      `${frames}x${height}x${width}`,
      whole(packed.tokens.video),
      teraflops(linear),
      teraflops(attention + cross),
      gigabytes(packed.peak.text),
      gigabytes(packed.peak.denoise),
      gigabytes(packed.peak.decode),
    ];
  });
  const head = [
    "model",
    "transformer",
    "text encoder",
    "vae",
    "f16",
    `W${bits}A${bits}`,
    "clip",
    "tokens",
    "linear a call",
    "attention a call",
    "peak text",
    "peak denoise",
    "peak decode",
  ];
  return [head, head.map((_, i) => i === 0 ? "---" : "---:"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`);
}
