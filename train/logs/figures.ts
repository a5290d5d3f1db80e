import { snakeCase } from "../../core/mapping.ts";
import type { StepMetrics } from "./metrics.ts";
import { type Curves, drawCurves, type Point, seriesNames } from "./plots.ts";

/** A drawing of the report with its title, caption and legend. */
export interface Figure {
  readonly title: string;
  readonly caption: string;
  /** Names of the curves, for the legend; a single one needs none. */
  readonly series: readonly string[];
  readonly svg: string;
}

type Steps = readonly StepMetrics[];

function curve(steps: Steps, value: (step: StepMetrics) => number): Point[] {
  return steps.map((s) => ({ step: s.step, value: value(s), series: "" }));
}

function groups(
  steps: Steps,
  values: (step: StepMetrics) => Readonly<Record<string, number>> | undefined,
): Point[] {
  return steps.flatMap((s) =>
    Object.entries(values(s) ?? {}).map(([name, value]) => ({
      step: s.step,
      value,
      series: snakeCase(name, " "),
    }))
  );
}

/** The steps at which the rank of Phi fell. */
function phaseStarts(steps: Steps): number[] {
  return steps
    .filter(({ rank }, i) => i > 0 && rank !== steps[i - 1]!.rank)
    .map(({ step }) => step);
}

function figure(title: string, caption: string, curves: Curves): Figure[] {
  if (curves.points.length === 0) return [];
  const series = seriesNames(curves.points);
  return [{ title, caption, series, svg: drawCurves(title, curves) }];
}

/** The figures of a run; what was not logged is left out. */
export function runFigures(steps: Steps, maxGradNorm?: number): Figure[] {
  const marks = phaseStarts(steps);
  const falls = marks.length > 0 ? " Dotted lines: the rank of Φ falls." : "";
  const level = maxGradNorm
    ? { value: maxGradNorm, label: "limited above" }
    : null;
  const hasPhi = steps.some(({ rank }) => rank > 0);
  return [
    ...figure(
      "Loss",
      `Mean squared error against the teacher, raw and smoothed.${falls}`,
      {
        points: curve(steps, ({ loss }) => loss),
        y: "loss",
        scale: "log",
        smooth: true,
        marks,
      },
    ),
    ...figure(
      "Gradient norm",
      "Global L2 norm of all gradients, before it is limited.",
      {
        points: curve(steps, ({ gradNorm }) => gradNorm),
        y: "norm",
        scale: "log",
        smooth: true,
        marks,
        ...(level && { level }),
      },
    ),
    ...figure(
      "Gradient norm by group",
      "L2 norm of each group of parameters, before it is limited.",
      {
        points: groups(steps, ({ norms }) => norms),
        y: "norm",
        scale: "log",
        marks,
      },
    ),
    ...(hasPhi
      ? [
        ...figure("Rank of Φ", "Columns kept in the low-rank branch.", {
          points: curve(steps, ({ rank }) => rank),
          y: "rank",
          scale: "sqrt",
          ticks: [0, ...marks.map((_, i) => 2 ** i), steps[0]!.rank],
          stepped: true,
          marks,
        }),
        ...figure(
          "Factor γ",
          "What is left of the columns that the phase removes, from 1 towards 0.",
          {
            points: curve(steps, ({ gamma, rank }) => rank > 0 ? gamma : NaN),
            y: "γ",
            marks,
          },
        ),
      ]
      : []),
    ...figure("Learning rate", "By group of parameters.", {
      points: steps.some(({ lrs }) => lrs)
        ? groups(steps, ({ lrs }) => lrs)
        : curve(steps, ({ lr }) => lr),
      y: "learning rate",
      scale: "log",
    }),
    ...figure("Time a step", "Wall time, raw and smoothed.", {
      points: curve(steps, ({ ms }) => ms / 1000),
      y: "seconds",
      smooth: true,
    }),
  ];
}
