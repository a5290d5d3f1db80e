import { hint, InputError } from "../../core/errors.ts";
import { extname } from "@std/path";

/** The endings a clip can be written under. */
export const VIDEO_EXTENSIONS = [
  ".mp4",
  ".webm",
  ".gif",
  ".apng",
  ".png",
] as const;

/** One of the endings a clip can be written under. */
export type VideoExtension = typeof VIDEO_EXTENSIONS[number];

/**
 * The ending of a path, in small letters. Throws an InputError with the
 * accepted endings for any other, so that a command line can refuse it before
 * the work begins.
 */
export function videoExtension(path: string): VideoExtension {
  const ending = extname(path).toLowerCase();
  const known = VIDEO_EXTENSIONS.find((extension) => extension === ending);
  if (known) return known;
  const found = ending === ""
    ? "has no ending"
    : `ends in ${ending}${hint(ending, VIDEO_EXTENSIONS)}`;
  throw new InputError(
    `Cannot write a video as ${path}: it ${found}; accepted are ${
      VIDEO_EXTENSIONS.join(", ")
    }`,
  );
}
