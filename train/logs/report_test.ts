import { assertEquals } from "@std/assert";
import { runFigures } from "./figures.ts";
import { MetricsLog, type StepMetrics } from "./metrics.ts";
import { drawCurves, movingAverage, type Point } from "./plots.ts";
import { reportHtml, writeReport } from "./report.ts";

const run = Array.from({ length: 12 }, (_, i): StepMetrics => ({
  step: i + 1,
  loss: i === 5 ? NaN : 1 / (i + 1),
  gradNorm: 2,
  rank: [2, 1, 0][Math.floor(i / 4)]!,
  gamma: 1 - (i % 4) / 4,
  lr: 1e-4,
  ms: 1500,
  norms: { weights: 1, scaleZero: 0.5 },
}));

const point = (step: number, value: number): Point => ({
  step,
  value,
  series: "",
});

/** The path of the first curve in a drawing. */
function path(svg: string): string {
  return /aria-label="line"[^>]*><path [^>]*d="([^"]*)"/.exec(svg)?.[1] ?? "";
}

Deno.test("drawCurves() draws a run of one step without a warning", () => {
  const { warn } = console;
  const warnings: unknown[] = [];
  console.warn = (text) => warnings.push(text);
  try {
    const points = ["a", "b", "c"].map((series) => ({
      ...point(1, 2),
      series,
    }));
    drawCurves("norms", { y: "norm", points });
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings, []);
});

Deno.test("drawCurves() leaves a gap where a value cannot be drawn", () => {
  const points = [1, 10, 0, 10, NaN, 1, 1].map((v, i) => point(i, v));
  const moves = (scale: "log" | "linear") =>
    path(drawCurves("t", { points, y: "v", scale })).split("M").length - 1;
  assertEquals([moves("linear"), moves("log")], [2, 3]);
});

Deno.test("drawCurves() thins long curves to what a screen can show", () => {
  const points = Array.from({ length: 50_000 }, (_, i) => point(i, i % 7));
  assertEquals(drawCurves("t", { points, y: "v" }).length < 60_000, true);
});

Deno.test("movingAverage() follows a straight line without lag", () => {
  const line = Array.from({ length: 200 }, (_, i) => point(i, 3 * i));
  assertEquals(movingAverage(line), line);
});

Deno.test("runFigures() draws what was logged, Phi only where there was one", () => {
  const titles = (steps: StepMetrics[]) =>
    runFigures(steps).map(({ title }) => title);
  assertEquals(titles(run), [
    ...["Loss", "Gradient norm", "Gradient norm by group", "Rank of Φ"],
    ...["Factor γ", "Learning rate", "Time a step"],
  ]);
  const naive = run.map(({ norms: _, ...step }) => ({ ...step, rank: 0 }));
  assertEquals(titles(naive).length, 4);
});

Deno.test("reportHtml() shows summary, settings and samples, all escaped", () => {
  const html = reportHtml(run, {
    title: "A <run>",
    config: { maxGradNorm: 1, lr: { lowRank: 1e-4 }, betas: [0.9, 0.95] },
    samples: [
      { caption: 'a "clip"', image: new Uint8Array([1, 2, 3]) },
      { caption: "beside", image: "samples/step 1.png" },
    ],
  });
  for (
    const text of [
      "<h1>A &lt;run></h1>",
      "<dt>Φ gone at step</dt><dd>9</dd>",
      "<dt>minutes in all</dt><dd>0.3</dd>",
      '<th scope="row">lr.low_rank</th><td>0.0001</td>',
      "<td>0.9, 0.95</td>",
      'src="data:image/png;base64,AQID" alt="a &quot;clip&quot;"',
      'src="samples/step%201.png"',
      "limited above",
      "</i>scale zero</li>",
    ]
  ) assertEquals(html.includes(text), true, text);
});

Deno.test("reportHtml() of a run without a step is a page too", () => {
  const html = reportHtml([], { title: "t", config: {} });
  assertEquals(html.includes("<dt>steps</dt><dd>0</dd>"), true);
});

Deno.test("writeReport() reads a run's folder and replaces its report", () => {
  const dir = Deno.makeTempDirSync();
  try {
    {
      using log = new MetricsLog(`${dir}/metrics.jsonl`);
      for (const step of run) log.append(step);
    }
    for (const title of ["one", "two"]) writeReport(dir, { title, config: {} });
    const html = Deno.readTextFileSync(`${dir}/report.html`);
    assertEquals(html.includes("<h1>two</h1>"), true);
    const names = [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
    assertEquals(names, ["metrics.jsonl", "report.html"]);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
