// Weights of 4 bits whose rows are whole blocks of 32 codes: four words a load.
@group(0) @binding(1) var<storage, read> w: array<vec4<u32>>;

const STRIDE = 4u; // bits from code to code of weight_block()
const W_SHIFT = 4u; // weight_bytes() are codes times 2^W_SHIFT

// Signed codes of a block, eight a word.
fn weight_block(row: u32, block: u32) -> vec4<u32> {
  return w[row * p.blocks + block] ^ vec4(0x88888888u);
}

// The even and the odd ones as signed bytes.
fn weight_bytes(row: u32, block: u32) -> array<vec4<u32>, 2> {
  let v = weight_block(row, block);
  return array((v << vec4(4u)) & vec4(0xf0f0f0f0u), v & vec4(0xf0f0f0f0u));
}
