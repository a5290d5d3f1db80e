// Learnt ranges of a token, sigmoid(lower[i]) and sigmoid(upper[i]), where i is
// the range index of its sample. To be appended, with token_grid.wgsl, to a kernel
// that binds upper, lower, index, and has tokens in its Params.
const LEARNED = true; // else the ranges are c0 alone

// The learnt factors of min(x) and max(x).
fn ranges(row: u32) -> vec2<f32> {
  if (!LEARNED) { return vec2(1.0); }
  let i = index[row / p.tokens];
  return sigmoids(vec2(lower[i], upper[i]));
}
