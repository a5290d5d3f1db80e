// The activations that may follow a product; to be appended to its epilogue.
const GELU_SCALE = 0.7978845608028654; // sqrt(2 / pi)
const GELU_CUBIC = 0.044715;

// 0: z itself, 1: GELU in its tanh form, 2: SiLU. Both are z times a logistic; its
// argument is clamped, because exp may overflow to anything.
fn activated(kind: u32, z: vec4<f32>) -> vec4<f32> {
  if (kind == 0u) { return z; }
  var u = z;
  if (kind == 1u) { u = 2.0 * GELU_SCALE * (z + GELU_CUBIC * z * z * z); }
  return z / (1.0 + exp(-clamp(u, vec4(-80.0), vec4(80.0))));
}
