/**
 * Classifier-free guidance as a linear combination: the weights of the
 * conditional and the unconditional output, for host and kernel alike.
 */
export function guidanceCoefficients(scale: number): readonly [number, number] {
  return [scale, 1 - scale];
}

/** uncond + scale (cond - uncond), element by element; a scale of 1 is off. */
export function guide(
  cond: Float32Array,
  uncond: Float32Array,
  scale: number,
): Float32Array<ArrayBuffer> {
  const [c, u] = guidanceCoefficients(scale);
  const out = new Float32Array(cond.length);
  for (let i = 0; i < out.length; i++) out[i] = c * cond[i]! + u * uncond[i]!;
  return out;
}

/** How guidance changes over the steps. */
export type GuidanceRule = "constant" | "dynamic";

/** All of them. */
export const GUIDANCE_RULES = [
  "constant",
  "dynamic",
] as const satisfies GuidanceRule[];

/**
 * The strength of guidance at a timestep. The dynamic rule is CogVideoX's: 1 +
 * scale (1 - cos(pi ((N - t) / N)^5)) / 2 for N steps. There t is the timestep,
 * not the step, so that it looks random between 1 and 1 + scale; samples of the
 * published models were made so.
 */
export function guidanceAt(
  rule: GuidanceRule,
  scale: number,
  timestep: number,
  steps: number,
): number {
  if (rule === "constant" || scale === 1) return scale;
  const turns = ((steps - timestep) / steps) ** 5;
  return 1 + scale * (1 - Math.cos(Math.PI * turns)) / 2;
}
