import type { Background, Color, Shape } from "./captions.ts";

/** Red, green and blue in [0, 1]. */
export type Rgb = readonly [number, number, number];

/** What each colour of a shape looks like. */
export const COLOR_RGB: Readonly<Record<Color, Rgb>> = {
  red: [0.93, 0.15, 0.17],
  green: [0.12, 0.76, 0.28],
  blue: [0.16, 0.44, 1],
  yellow: [1, 0.84, 0.12],
  purple: [0.7, 0.24, 0.88],
  white: [1, 1, 1],
};

/** What each background looks like. */
export const BACKGROUND_RGB: Readonly<Record<Background, Rgb>> = {
  black: [0.03, 0.03, 0.03],
  gray: [0.45, 0.45, 0.45],
  navy: [0.06, 0.1, 0.32],
};

/**
 * How much of the pixel at (x, y) a shape of the given radius covers, in
 * [0, 1]: coordinates and radius in pixels from the shape's centre, y down.
 * Every shape lies in the square [-radius, radius]^2, its soft edge 1 pixel further.
 */
export type Coverage = (radius: number, x: number, y: number) => number;

/** Half side of the square: it looks as large as the circle, not larger. */
const SQUARE = 0.88;
/** Inner radius of the ring: hole and band stay wider than two pixels. */
const HOLE = 0.5;
/** Half height of the triangle over its half base. */
const TRIANGLE = 0.92;
/** Outward unit normal of the triangle's right edge, y down. */
const SLANT = Math.hypot(1, 2 * TRIANGLE);
const NX = 2 * TRIANGLE / SLANT;
const NY = -1 / SLANT;

/** Half the width of an edge, in pixels: that of a bilinear filter. */
const SOFT = 1;

/** Coverage of a pixel that lies `d` pixels outside of an edge. */
function inside(d: number): number {
  return d <= -SOFT ? 1 : d >= SOFT ? 0 : 0.5 - d / (2 * SOFT);
}

/** The coverage of each shape, from signed distances to its edges. */
export const COVERAGE: Readonly<Record<Shape, Coverage>> = {
  circle: (radius, x, y) => inside(Math.sqrt(x * x + y * y) - radius),
  square: (radius, x, y) =>
    inside(Math.abs(x) - SQUARE * radius) *
    inside(Math.abs(y) - SQUARE * radius),
  triangle: (radius, x, y) => {
    const h = TRIANGLE * radius;
    // |y| cuts the tip too, where the soft slants would run on.
    return inside(Math.abs(y) - h) * inside(NX * Math.abs(x) + NY * (y + h));
  },
  ring: (radius, x, y) => {
    const d = Math.sqrt(x * x + y * y);
    return inside(d - radius) - inside(d - HOLE * radius);
  },
};

/**
 * How far below its centre a shape's centre of mass lies, in radii: only the
 * triangle, two thirds down from its tip, is not balanced.
 */
export const BALANCE: Readonly<Record<Shape, number>> = {
  circle: 0,
  square: 0,
  triangle: TRIANGLE / 3,
  ring: 0,
};
