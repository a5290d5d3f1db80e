// The grid of a token's codes, dynamic, with learned clips:
//   high = max(x) c0 sigmoid(upper[i]),  low = min(x) c0 sigmoid(lower[i]),
//   s = max((high - low) / P, 1e-9),  z = clamp(-round(low / s), 0, P),
// where i is the clip index of the token's sample. To be appended to a kernel
// that binds upper, lower, index, and has tokens, top and clip in its Params.
const LEARNED = true; // else the clips are c0 alone
const LEAST_SCALE = 1e-9;

fn sigmoid(v: f32) -> f32 { return 1.0 / (1.0 + exp(-v)); }

// What min(x) and max(x) are multiplied by beside c0.
fn clips(row: u32) -> vec2<f32> {
  if (!LEARNED) { return vec2(1.0); }
  let i = index[row / p.tokens];
  return vec2(sigmoid(lower[i]), sigmoid(upper[i]));
}

// (s, z) of a row whose least and greatest values are `extreme`.
fn grid(extreme: vec2<f32>, row: u32) -> vec2<f32> {
  let range = extreme * p.clip * clips(row);
  let s = max((range.y - range.x) / p.top, LEAST_SCALE);
  return vec2(s, clamp(-round(range.x / s), 0.0, p.top));
}
