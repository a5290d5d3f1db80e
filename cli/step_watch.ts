import type { ClipProgress } from "../infer/text_to_video.ts";
import type { Progress } from "./progress.ts";

/**
 * Shows how far a clip is and times its steps. The first step, in which drivers
 * compile, counts only where it is the only one.
 */
export class StepWatch {
  #began = performance.now();
  #steps = 0;
  #ms = 0;

  /** Draws into `progress`. */
  constructor(readonly progress: Progress) {}

  /** The mean, once a clip is made. */
  get secondsAStep(): number {
    return this.#ms / 1000 / Math.max(1, this.#steps);
  }

  /** To be called by the pipeline. */
  readonly onProgress: ClipProgress = (phase, done, total) => {
    const { progress } = this;
    const now = performance.now();
    if (phase === "text") progress.phase("reading the prompt");
    else if (phase === "decode") progress.phase("decoding");
    else if (phase === "compile") {
      progress.phase("compiling kernels, first step");
      this.#began = now;
    } else if (done === 1) {
      progress.phase("denoising", total);
      progress.advance(1);
      [this.#ms, this.#began] = [now - this.#began, now];
    } else {
      progress.advance(1);
      [this.#ms, this.#steps] = [now - this.#began, done - 1];
    }
  };
}
