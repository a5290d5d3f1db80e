import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import { type Bar, OPS } from "./report.ts";

const LEFT = 150; // room for the ops' names

/** What linkedom gives for an element, as far as it is used here. */
interface Drawing {
  setAttribute(name: string, value: string): void;
  readonly outerHTML: string;
}

/** Draws how many times as long each peer takes, one row an op, on a log axis. */
export function drawRatios(bars: readonly Bar[], adapter: string): string {
  const svg: Drawing = Plot.plot({
    document: new DOMParser().parseFromString("<html></html>", "text/html"),
    width: 820,
    height: 460,
    marginLeft: LEFT,
    marginRight: 24,
    marginTop: 46,
    marginBottom: 46,
    style: { fontSize: "13px", background: "white", color: "black" },
    x: {
      type: "log",
      label: `times as long as qvgen takes (${adapter})`,
      labelAnchor: "center",
      labelArrow: "none",
      grid: true,
      labelOffset: 40,
      ticks: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
      tickFormat: (n: number) => `${n}`,
    },
    y: {
      domain: OPS.filter((op) => bars.some((b) => b.op === op)),
      label: null,
    },
    color: { legend: false, scheme: "Observable10" },
    marks: [
      Plot.ruleX([1], { stroke: "black", strokeDasharray: "4 3" }),
      Plot.dot(bars, {
        x: "ratio",
        y: "op",
        fill: "peer",
        r: 6,
        fillOpacity: 0.85,
      }),
      ...legend([...new Set(bars.map(({ peer }) => peer))]),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}

/** The peers' names in their colours above the plot, as a part of the drawing. */
function legend(peers: readonly string[]): Plot.Markish[] {
  let x = 8 - LEFT;
  return peers.map((peer) => {
    const dx = x;
    x += 40 + 6.5 * peer.length; // a guess at its width
    return Plot.text([peer], {
      text: (name: string) => `● ${name}`,
      fill: () => peer,
      frameAnchor: "top-left",
      textAnchor: "start",
      dx,
      dy: -34,
    });
  });
}
