import { isMapping, type Mapping, snakeCase } from "../../core/mapping.ts";
import { type Figure, runFigures } from "./figures.ts";
import { readMetrics, type StepMetrics } from "./metrics.ts";
import { seriesColor } from "./plots.ts";
import style from "./report.css" with { type: "text" };

/** A picture of the report: a PNG kept in the page, or a path relative to it. */
export interface Sample {
  readonly caption: string;
  readonly image: Uint8Array | string;
}

/** What the report shows besides the metrics. */
export interface ReportOptions {
  readonly title: string;
  /** The run's settings; mappings within are shown key by key. */
  readonly config: Mapping;
  readonly samples?: readonly Sample[];
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");
}

/** Four digits, without noise: `0.0213`, `1234`, `2.1e-7`. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const small = value !== 0 && Math.abs(value) < 1e-3;
  return small ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function summary(steps: readonly StepMetrics[]): [string, string][] {
  const first = steps[0];
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return [["steps", "0"]];
  const tail = steps.slice(-Math.max(1, Math.floor(steps.length / 20)));
  const norms = steps.map(({ gradNorm }) => gradNorm);
  const ms = steps.map((step) => step.ms).sort((a, b) => a - b);
  const gone = steps.findIndex(({ rank }) => rank === 0);
  return [
    ["steps", String(last.step)],
    ["first loss", short(first.loss)],
    [`loss, last ${tail.length} steps`, short(mean(tail.map((s) => s.loss)))],
    ["mean gradient norm", short(mean(norms))],
    ["greatest gradient norm", short(norms.reduce((a, b) => Math.max(a, b)))],
    ...(first.rank > 0
      ? [["Φ gone at step", gone < 0 ? "not yet" : String(steps[gone]!.step)]]
      : []) as [string, string][],
    ["seconds a step, median", short(ms[ms.length >> 1]! / 1000)],
    ["minutes in all", short(ms.reduce((a, b) => a + b) / 60_000)],
  ];
}

function settings(config: Mapping, prefix = ""): [string, string][] {
  return Object.entries(config).flatMap(([key, value]) => {
    const name = prefix + snakeCase(key);
    if (value === undefined) return [];
    if (isMapping(value)) return settings(value, `${name}.`);
    return [[name, Array.isArray(value) ? value.join(", ") : String(value)]];
  });
}

function figureHtml({ title, caption, series, svg }: Figure): string {
  const names = series.length < 2
    ? ""
    : `<ul class="legend">${
      series.map((name, i) =>
        `<li><i style="background:${seriesColor(i)}"></i>${escape(name)}</li>`
      ).join("")
    }</ul>`;
  return `<figure><h3>${escape(title)}</h3>
<figcaption>${escape(caption)}</figcaption>${names}${svg}</figure>`;
}

function sampleHtml({ caption, image }: Sample): string {
  const source = typeof image === "string"
    ? escape(encodeURI(image))
    : `data:image/png;base64,${image.toBase64()}`;
  const text = escape(caption);
  return `<figure><img src="${source}" alt="${text}">
<figcaption>${text}</figcaption></figure>`;
}

/** The report of a run as one self-contained HTML page. */
export function reportHtml(
  steps: readonly StepMetrics[],
  { title, config, samples = [] }: ReportOptions,
): string {
  const cards = summary(steps).map(([name, value]) =>
    `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`
  );
  const rows = settings(config).map(([name, value]) =>
    `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`
  );
  const maxGradNorm = config.maxGradNorm;
  const figures = runFigures(
    steps,
    typeof maxGradNorm === "number" ? maxGradNorm : undefined,
  );
  const pictures = samples.length === 0 ? "" : `<h2>Samples</h2>
<div class="grid samples">${samples.map(sampleHtml).join("\n")}</div>`;
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
<h1>${escape(title)}</h1>
<p class="lead">Training report, drawn from metrics.jsonl</p>
<dl class="cards">${cards.join("\n")}</dl>
${pictures}
<h2>Curves</h2>
<div class="grid">${figures.map(figureHtml).join("\n")}</div>
<h2>Settings</h2>
<div class="settings"><table>${rows.join("\n")}</table></div>
</html>
`;
}

/** Writes report.html into a run's folder from its metrics.jsonl; returns its path. */
export function writeReport(dir: string, options: ReportOptions): string {
  const path = `${dir}/report.html`;
  const html = reportHtml(readMetrics(`${dir}/metrics.jsonl`), options);
  Deno.writeTextFileSync(`${path}.tmp`, html);
  Deno.renameSync(`${path}.tmp`, path); // a reader sees the old page or the new
  return path;
}
