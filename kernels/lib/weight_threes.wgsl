// Weights of 3 bits, 32 codes in three words.
@group(0) @binding(1) var<storage, read> w: array<u32>;

const STRIDE = 3u; // bits from code to code of weight_block()
const W_SHIFT = 5u; // weight_bytes() are codes times 2^W_SHIFT

fn word(row: u32, i: u32) -> u32 {
  return select(0u, w[row * p.words + min(i, p.words - 1u)], i < p.words);
}

// Signed codes of a block, eight in the low 24 bits of a word.
fn weight_block(row: u32, block: u32) -> vec4<u32> {
  let a = word(row, 3u * block);
  let b = word(row, 3u * block + 1u);
  let c = word(row, 3u * block + 2u);
  return vec4(a, (a >> 24u) | (b << 8u), (b >> 16u) | (c << 16u), c >> 8u) ^ vec4(0x924924u);
}

// The even and the odd ones as signed bytes.
fn weight_bytes(row: u32, block: u32) -> array<vec4<u32>, 2> {
  var v = weight_block(row, block);
  // Spread in halves, bytes and nibbles.
  v = (v & vec4(0xfffu)) | ((v & vec4(0xfff000u)) << vec4(4u));
  v = (v & vec4(0x3f003fu)) | ((v & vec4(0xfc00fc0u)) << vec4(2u));
  v = (v & vec4(0x7070707u)) | ((v & vec4(0x38383838u)) << vec4(1u));
  return array((v << vec4(5u)) & vec4(0xe0e0e0e0u), (v << vec4(1u)) & vec4(0xe0e0e0e0u));
}
