import type { Evaluation } from "../quantize/evaluate.ts";

/** An evaluation as tables: its clips with their mean, its layers, the worst first. */
export function evaluationText({ clips, layers }: Evaluation): string {
  const rows = clips.map(({ prompt, seed, psnr, ssim, firstCallCosine }) => [
    ...[decibels(psnr), ssim.toFixed(4), firstCallCosine.toFixed(5)],
    `${prompt} (seed ${seed})`,
  ]);
  const mean = (of: (clip: Evaluation["clips"][number]) => number) =>
    clips.reduce((sum, clip) => sum + of(clip), 0) / clips.length;
  const means = [
    decibels(mean(({ psnr }) => psnr)),
    mean(({ ssim }) => ssim).toFixed(4),
    mean(({ firstCallCosine }) => firstCallCosine).toFixed(5),
    "mean",
  ];
  const worst = layers.toSorted((a, b) => b.error - a.error);
  return [
    ...table([["PSNR dB", "SSIM", "cosine", "clip"], ...rows, means]),
    "",
    ...table([
      ["error", "weight"],
      ...worst.map(({ layer, error }) => [error.toFixed(4), layer]),
    ]),
  ].join("\n");
}

function decibels(psnr: number): string {
  return Number.isFinite(psnr) ? psnr.toFixed(2) : "equal";
}

/** Columns, all but the last to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) =>
    Math.max(...rows.map((row) => row[c]!.length))
  );
  return rows.map((row) =>
    row.map((cell, c) =>
      c === row.length - 1 ? cell : cell.padStart(widths[c]!)
    )
      .join("  ")
  );
}
