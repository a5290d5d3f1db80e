// Weights of 4 bits with rows of any number of words.
@group(0) @binding(1) var<storage, read> w: array<u32>;

const STRIDE = 4u; // bits from code to code of weight_block()
const W_SHIFT = 4u; // weight_bytes() are codes times 2^W_SHIFT

fn word(row: u32, i: u32) -> u32 {
  return select(0u, w[row * p.words + min(i, p.words - 1u)], i < p.words);
}

// Signed codes of a block, eight a word.
fn weight_block(row: u32, block: u32) -> vec4<u32> {
  let i = 4u * block;
  return vec4(word(row, i), word(row, i + 1u), word(row, i + 2u), word(row, i + 3u)) ^ vec4(0x88888888u);
}

// The even and the odd ones as signed bytes.
fn weight_bytes(row: u32, block: u32) -> array<vec4<u32>, 2> {
  let v = weight_block(row, block);
  return array((v << vec4(4u)) & vec4(0xf0f0f0f0u), v & vec4(0xf0f0f0f0u));
}
