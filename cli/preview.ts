import { dirname } from "@std/path";
import { InputError, reasonOf } from "../core/errors.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import type { Picture } from "../io/video/clip.ts";
import { encodePng } from "../io/video/png.ts";
import { enlarge, shrink, viewingScale } from "../io/video/resize.ts";
import { checkFileWritable } from "../io/writable_folder.ts";

/** Pixels of the picture's longer side at most, about. */
const LONGEST = 512;

/** Time between pictures, for each unit of time that one took. */
const REST = 10;

/** Checks before any work that a preview can be written to `path`; throws InputError. */
export async function checkPreview(path: string): Promise<void> {
  if (!/\.png$/i.test(path)) {
    throw new InputError(
      `Flag --preview: found ${path}, accepted is a file that ends in .png`,
    );
  }
  await checkFileWritable(path);
}

/** Keeps a picture of the clip that is being made: from the first step on, in at most a tenth of the time. */
export class Preview {
  #next = -Infinity;

  /** `path` as checkPreview() accepts it; `warn` is told once if it cannot be written after all. */
  constructor(
    readonly path: string,
    readonly warn: (text: string) => void,
  ) {}

  /** To be called after each step of one clip; `picture` makes its first frame. */
  async show(picture: () => Promise<Picture>): Promise<void> {
    const began = performance.now();
    if (began < this.#next) return;
    const { path } = this;
    const frame = await picture();
    const down = Math.ceil(Math.max(frame.height, frame.width) / LONGEST);
    const png = await encodePng(
      down > 1 ? shrink(frame, down) : enlarge(frame, viewingScale(frame)),
    );
    try {
      await Deno.mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, png);
    } catch (error) {
      this.#next = Infinity; // the clip is worth more than its preview
      return this.warn(
        `${reasonOf(error)}; the clip goes on without a preview`,
      );
    }
    const now = performance.now();
    this.#next = now + REST * (now - began);
  }
}
