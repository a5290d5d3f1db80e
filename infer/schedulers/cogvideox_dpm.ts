import { CogVideoXScheduler } from "./cogvideox.ts";

/**
 * Stochastic steps of order 2: CogVideoXDPMScheduler of diffusers, the SDE form
 * of DPM-Solver++ (Lu et al., arXiv 2211.01095). It remembers the last
 * prediction of x0. At pure noise and at no noise lambda is infinite, and so
 * are h and r, which the formulas bear.
 */
export class CogVideoXDpm extends CogVideoXScheduler {
  /** The prediction of x0 one step back. */
  readonly memory: readonly string[] = ["x0"];
  /** It adds noise at each step. */
  override readonly stochastic = true;

  /** m1 x - m2 D + sigma z, where D goes beyond x0 on the line from the last one. */
  override coefficients(i: number): readonly (readonly number[])[] {
    const { now, next, back } = this.interval(i);
    const h = lambda(next) - lambda(now);
    const m1 = Math.sqrt((1 - next) / (1 - now)) * Math.exp(-h);
    const m2 = Math.expm1(-2 * h) * Math.sqrt(next);
    const sigma = Math.sqrt(1 - next) * Math.sqrt(-Math.expm1(-2 * h));
    const r = back === undefined
      ? Infinity // first order: D is x0
      : (lambda(now) - lambda(back)) / h;
    const beyond = 1 / (2 * r);
    const x0 = [Math.sqrt(now), -Math.sqrt(1 - now)] as const;
    const D = x0.map((c) => c * (1 + beyond)) as [number, number];
    return [
      [m1 - m2 * D[0], -m2 * D[1], m2 * beyond, sigma],
      [...x0, 0, 0],
    ];
  }
}

/** Half the logarithm of the signal-to-noise ratio. */
function lambda(bar: number): number {
  return Math.log(bar / (1 - bar)) / 2;
}
