// Rows of any length are read one column at a time.
alias Elem = f32;
const WIDTH = 1u;
const STEPS = Elem(0.0); // places within an Elem

fn total(v: Elem) -> f32 { return v; }
fn largest(v: Elem) -> f32 { return v; }
fn smallest(v: Elem) -> f32 { return v; }

// Code e of eight as a nibble of a word.
fn as_nibbles(v: Elem, e: u32) -> u32 { return u32(v) << (4u * e); }

// The same as a byte of two words, in order.
fn as_ordered_bytes(v: Elem, e: u32) -> vec2<u32> {
  let byte = u32(v) << (8u * (e % 4u));
  return vec2(select(0u, byte, e < 4u), select(0u, byte, e >= 4u));
}

// The same: the even ones, the odd ones.
fn as_bytes(v: Elem, e: u32) -> vec2<u32> {
  let byte = u32(v) << (8u * (e / 2u));
  return vec2(select(0u, byte, e % 2u == 0u), select(0u, byte, e % 2u == 1u));
}
