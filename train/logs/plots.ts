import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";

/** One point of a curve; `series` names the curve. */
export interface Point {
  readonly step: number;
  readonly value: number;
  readonly series: string;
}

/** Curves over the steps of a run. */
export interface Curves {
  readonly points: readonly Point[];
  /** Label of the vertical axis, with its unit. */
  readonly y: string;
  /** `sqrt` spreads small values and still shows 0. */
  readonly scale?: "linear" | "log" | "sqrt";
  readonly ticks?: readonly number[];
  /** A level to compare with, as the largest norm. */
  readonly level?: { readonly value: number; readonly label: string };
  /** Steps where something changes, drawn as upright lines. */
  readonly marks?: readonly number[];
  /** Draws the curve pale and its moving average over it. */
  readonly smooth?: boolean;
  /** Holds each value until the next. */
  readonly stepped?: boolean;
}

const WIDTH = 640;
const HEIGHT = 270;
const MAX_POINTS = 1200; // a curve: about two a pixel
const AVERAGED_SHARE = 1 / 25; // of a curve, in its moving average

/** Colour of the i-th curve; the page's style says which, in light and dark. */
export function seriesColor(i: number): string {
  return `var(--series-${i % 6 + 1})`;
}

/** The names of the curves, in the order of their first points. */
export function seriesNames(points: readonly Point[]): string[] {
  return [...new Set(points.map(({ series }) => series))];
}

/** At most MAX_POINTS of a curve, evenly spread, its last one included. */
function thin(curve: readonly Point[]): readonly Point[] {
  const stride = Math.ceil(curve.length / MAX_POINTS);
  return curve.filter((_, i) => (curve.length - 1 - i) % stride === 0);
}

/** The curve's mean over a window around each point, narrower at the ends. */
export function movingAverage(curve: readonly Point[]): Point[] {
  const sums = [0];
  for (const { value } of curve) sums.push(sums.at(-1)! + value);
  const reach = Math.floor(curve.length * AVERAGED_SHARE / 2);
  return curve.map((point, i) => {
    const r = Math.min(reach, i, curve.length - 1 - i);
    const sum = sums[i + r + 1]! - sums[i - r]!;
    return { ...point, value: sum / (2 * r + 1) };
  });
}

/** Labels of a log axis: powers of ten, and between them when they are few. */
function logLabel(values: readonly number[]): (tick: number) => string {
  const decades = Math.log10(Math.max(...values) / Math.min(...values));
  const shown = decades > 2 ? ["1"] : ["1", "2", "5"];
  return (tick) => {
    const [digits = "", exponent = ""] = tick.toExponential(0).split("e");
    if (!shown.includes(digits)) return "";
    const plain = tick >= 1e-3 && tick < 1e5;
    return plain ? String(tick) : `${digits}e${Number(exponent)}`;
  };
}

/** The curve as a line; what cannot be drawn, as NaN, leaves a gap. */
function line(points: readonly Point[], options: Plot.LineYOptions) {
  return Plot.lineY(points, {
    x: "step",
    y: "value",
    z: "series", // said, or Plot warns of curves of one point
    stroke: "series",
    strokeWidth: 2,
    ...options,
  });
}

/** What linkedom gives for an element, as far as it is used here. */
interface Drawing {
  setAttribute(name: string, value: string): void;
  readonly outerHTML: string;
}

/** Draws curves as an SVG element whose text and lines take the page's colour. */
export function drawCurves(title: string, curves: Curves): string {
  const { scale = "linear", level, smooth = false } = curves;
  const names = seriesNames(curves.points);
  const each = names.map((name) =>
    curves.points
      .filter(({ series }) => series === name)
      .map((point) =>
        scale === "log" && point.value <= 0 ? { ...point, value: NaN } : point
      )
  );
  const raw = each.flatMap(thin);
  const drawn = raw.filter(({ value }) => Number.isFinite(value));
  const average = each.flatMap((curve) =>
    thin(movingAverage(curve.filter(({ value }) => Number.isFinite(value))))
  );
  const svg: Drawing = Plot.plot({
    document: new DOMParser().parseFromString("<html></html>", "text/html"),
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 68,
    marginRight: 16,
    marginTop: 28,
    marginBottom: 42,
    style: { fontSize: "13px", background: "none", overflow: "visible" },
    ariaLabel: title,
    x: { label: "step", labelAnchor: "center", labelArrow: "none", ticks: 7 },
    y: {
      type: scale,
      label: curves.y,
      labelArrow: "none",
      ticks: curves.ticks ?? 5,
      tickFormat: scale === "log"
        ? logLabel(drawn.map(({ value }) => value))
        : "~g",
      grid: true,
      zero: scale === "linear",
      nice: true,
    },
    color: { domain: names, range: names.map((_, i) => seriesColor(i)) },
    marks: [
      Plot.ruleX(curves.marks ?? [], {
        stroke: "var(--mark)",
        strokeDasharray: "2 4",
      }),
      ...(level === undefined ? [] : [
        Plot.ruleY([level.value], {
          stroke: "var(--quiet)",
          strokeDasharray: "6 4",
        }),
        Plot.text([level], {
          y: "value",
          text: "label",
          frameAnchor: "right",
          dy: -8,
          fill: "var(--quiet)",
        }),
      ]),
      line(raw, {
        curve: curves.stepped ? "step-after" : "linear",
        ...(smooth ? { strokeWidth: 1, strokeOpacity: 0.4 } : {}),
      }),
      ...(smooth ? [line(average, {})] : []),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  return svg.outerHTML;
}
