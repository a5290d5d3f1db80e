import type { GenerationProgress } from "../infer/generation.ts";
import type { Progress } from "./progress.ts";

/**
 * Shows how far a clip is and times its steps. The first step, in which drivers
 * compile, counts only where it is the only one.
 */
export class StepWatch {
  #began = performance.now();
  #compiles = false;
  #steps = 0;
  #ms = 0;

  /** Draws into `progress`. */
  constructor(readonly progress: Progress) {}

  /** The mean, once a clip is made. */
  get msAStep(): number {
    return this.#ms / Math.max(1, this.#steps);
  }

  /** To be called with all that the pipeline tells. */
  onProgress({ phase, done, total }: GenerationProgress): void {
    const { progress } = this;
    const now = performance.now();
    if (phase === "text") progress.phase("reading the prompt");
    else if (phase === "compile") {
      progress.phase("compiling kernels, first step");
      this.#compiles = true;
      this.#began = now;
    } else {
      const first = this.#compiles ? 1 : 0;
      if (done === first) progress.phase("denoising", total);
      if (done > 0) {
        progress.advance(1);
        this.#ms = now - this.#began;
      }
      this.#steps = Math.max(0, done - first);
      if (done <= first) this.#began = now;
    }
  }
}
