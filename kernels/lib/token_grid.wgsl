// The grid of a token's codes, dynamic:
//   high = max(x) c0 share_high,  low = min(x) c0 share_low,
//   s = max((high - low) / P, 1e-9),  z = clamp(-round(low / s), 0, P).
// To be appended to a kernel that has top (P) and ratio (c0) in its Params.
const LEAST_SCALE = 1e-9;

fn sigmoids(v: vec2<f32>) -> vec2<f32> { return 1.0 / (1.0 + exp(-v)); }

// (s, z) of a row whose least and greatest values are `extreme`.
fn grid(extreme: vec2<f32>, share: vec2<f32>) -> vec2<f32> {
  let range = extreme * p.ratio * share;
  let s = max((range.y - range.x) / p.top, LEAST_SCALE);
  return vec2(s, clamp(-round(range.x / s), 0.0, p.top));
}
