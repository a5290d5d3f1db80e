import { CogVideoXScheduler } from "./cogvideox.ts";

/** Deterministic steps: CogVideoXDDIMScheduler of diffusers (Song et al., arXiv 2010.02502). */
export class CogVideoXDdim extends CogVideoXScheduler {
  /** Nothing is kept. */
  readonly memory: readonly string[] = [];

  /** a x + b x0, with x0 = sqrt(abar) x - sqrt(1 - abar) v. */
  override coefficients(i: number): readonly (readonly number[])[] {
    const { now, next } = this.interval(i);
    const a = Math.sqrt((1 - next) / (1 - now));
    const b = Math.sqrt(next) - Math.sqrt(now) * a;
    return [[a + b * Math.sqrt(now), -b * Math.sqrt(1 - now)]];
  }
}
