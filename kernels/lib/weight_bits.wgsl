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

// Codes 0 .. 3, 8 .. 11, and so on, of a block as signed bytes; then the others.
fn weight_bytes(row: u32, block: u32) -> array<vec4<u32>, 2> {
  return array(
    vec4(four(row, block, 0u), four(row, block, 2u), four(row, block, 4u), four(row, block, 6u)),
    vec4(four(row, block, 1u), four(row, block, 3u), four(row, block, 5u), four(row, block, 7u)),
  );
}
