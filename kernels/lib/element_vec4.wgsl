// Rows of a multiple of four columns are read four columns at a time.
alias Elem = vec4<f32>;
const WIDTH = 4u;
const STEPS = Elem(0.0, 1.0, 2.0, 3.0); // places within an Elem

fn total(v: Elem) -> f32 { return (v.x + v.y) + (v.z + v.w); }
fn largest(v: Elem) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
fn smallest(v: Elem) -> f32 { return min(min(v.x, v.y), min(v.z, v.w)); }

// Codes e WIDTH.. of eight as nibbles of a word.
fn as_nibbles(v: Elem, e: u32) -> u32 {
  let u = vec4<u32>(v);
  return (u.x | (u.y << 4u) | (u.z << 8u) | (u.w << 12u)) << (16u * e);
}

// The same as bytes of two words, in order.
fn as_ordered_bytes(v: Elem, e: u32) -> vec2<u32> {
  let u = vec4<u32>(v);
  let word = u.x | (u.y << 8u) | (u.z << 16u) | (u.w << 24u);
  return vec2(select(0u, word, e == 0u), select(0u, word, e == 1u));
}

// The same: the even ones, the odd ones.
fn as_bytes(v: Elem, e: u32) -> vec2<u32> {
  let u = vec4<u32>(v);
  return (u.xy | (u.zw << vec2(8u))) << vec2(16u * e);
}
