// Weights of 4 bits with rows of any number of words.
@group(0) @binding(1) var<storage, read> w: array<u32>;

fn word(row: u32, i: u32) -> u32 {
  return select(0u, w[row * p.words + min(i, p.words - 1u)], i < p.words);
}

fn weight_block(row: u32, block: u32) -> vec4<u32> {
  let i = 4u * block;
  return vec4(word(row, i), word(row, i + 1u), word(row, i + 2u), word(row, i + 3u));
}
