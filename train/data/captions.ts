/** The colours a shape can have. */
export const COLORS = [
  "red",
  "green",
  "blue",
  "yellow",
  "purple",
  "white",
] as const;
/** The shapes. */
export const SHAPES = ["circle", "square", "triangle", "ring"] as const;
/** The ways a shape can move. */
export const MOTIONS = ["left", "right", "up", "down", "still"] as const;
/** The background colours. */
export const BACKGROUNDS = ["black", "gray", "navy"] as const;

/** One of `COLORS`. */
export type Color = typeof COLORS[number];
/** One of `SHAPES`. */
export type Shape = typeof SHAPES[number];
/** One of `MOTIONS`. */
export type Motion = typeof MOTIONS[number];
/** One of `BACKGROUNDS`. */
export type Background = typeof BACKGROUNDS[number];

/** What a clip shows: everything its full caption says. */
export interface Factors {
  /** Of the shape. */
  readonly color: Color;
  /** The one thing to be seen. */
  readonly shape: Shape;
  /** Where the shape goes. */
  readonly motion: Motion;
  /** The colour behind the shape. */
  readonly background: Background;
}

/** What a caption says: colour and shape always, the rest perhaps. */
export type CaptionFactors =
  & Pick<Factors, "color" | "shape">
  & { readonly motion?: Motion; readonly background?: Background };

/** Which optional parts a caption keeps. */
export interface Keep {
  /** Whether it says where the shape goes. */
  readonly motion: boolean;
  /** Whether it names the background. */
  readonly background: boolean;
}

/** Every word that captions use, each once, in a fixed order. */
export const VOCABULARY: readonly string[] = [
  "a",
  ...COLORS,
  ...SHAPES,
  "moving",
  ...MOTIONS,
  "on",
  "background",
  ...BACKGROUNDS,
];

/**
 * The caption of a clip, optional parts only as `keep` says.
 *
 * @example
 * ```ts
 * import { captionOf } from "@qvgen/qvgen/train";
 *
 * const factors = {
 *   color: "red",
 *   shape: "ring",
 *   motion: "left",
 *   background: "navy",
 * } as const;
 * captionOf(factors); // "a red ring moving left on a navy background"
 * captionOf(factors, { motion: false, background: false }); // "a red ring"
 * ```
 */
export function captionOf(
  factors: Factors,
  keep: Keep = { motion: true, background: true },
): string {
  const { color, shape, motion, background } = factors;
  let text = `a ${color} ${shape}`;
  if (keep.motion) text += motion === "still" ? " still" : ` moving ${motion}`;
  if (keep.background) text += ` on a ${background} background`;
  return text;
}

const GRAMMAR = new RegExp(
  `^a (${COLORS.join("|")}) (${SHAPES.join("|")})` +
    `(?: (?:(still)|moving (left|right|up|down)))?` +
    `(?: on a (${BACKGROUNDS.join("|")}) background)?$`,
);

/** What a caption says, or nothing when it is not of the captions' form. */
export function parseCaption(text: string): CaptionFactors | undefined {
  const match = GRAMMAR.exec(words(text).join(" "));
  if (match === null) return undefined;
  const [, color, shape, still, direction, background] = match;
  const motion = still ?? direction;
  return {
    color: color as Color,
    shape: shape as Shape,
    ...(motion === undefined ? {} : { motion: motion as Motion }),
    ...(background === undefined
      ? {}
      : { background: background as Background }),
  };
}

/** The words of a prompt that no caption uses, in their order. */
export function unknownWords(text: string): string[] {
  return words(text).filter((word) => !VOCABULARY.includes(word));
}

function words(text: string): string[] {
  return text.toLowerCase().split(/[\s.,!]+/).filter((word) => word !== "");
}
