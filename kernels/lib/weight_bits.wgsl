// Weights of any number of bits up to 8: a block of 32 codes is BITS words.
@group(0) @binding(1) var<storage, read> w: array<u32>;

const BITS = 8u;
const W_SHIFT = 8u - BITS; // weight_bytes() are codes times 2^W_SHIFT
const MASK = (1u << BITS) - 1u;

// Codes 4i .. 4i + 3 of a block as signed bytes.
fn four(row: u32, block: u32, i: u32) -> u32 {
  let bit = (32u * block + 4u * i) * BITS;
  let last = row * p.words + p.words - 1u;
  let at = row * p.words + bit / 32u;
  let shift = bit % 32u;
  var v = w[min(at, last)] >> shift;
  if (shift + 4u * BITS > 32u) { v |= w[min(at + 1u, last)] << (32u - shift); }
  var bytes = 0u;
  for (var c = 0u; c < 4u; c++) { bytes |= ((v >> (BITS * c)) & MASK) << (8u * c + W_SHIFT); }
  return bytes ^ 0x80808080u;
}

fn pick(v: vec4<u32>) -> u32 { return (v.x & 255u) | ((v.y & 255u) << 8u) | ((v.z & 255u) << 16u) | (v.w << 24u); }

// The even and the odd codes of a block as signed bytes.
fn weight_bytes(row: u32, block: u32) -> array<vec4<u32>, 2> {
  var even: vec4<u32>;
  var odd: vec4<u32>;
  for (var q = 0u; q < 4u; q++) {
    let a = four(row, block, 2u * q);
    let b = four(row, block, 2u * q + 1u);
    even[q] = pick(vec4(a, a >> 16u, b, b >> 16u));
    odd[q] = pick(vec4(a >> 8u, a >> 24u, b >> 8u, b >> 24u));
  }
  return array(even, odd);
}
