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
