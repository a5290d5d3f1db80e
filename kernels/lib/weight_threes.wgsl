// Weights of 3 bits, 32 codes in three words, spread to nibbles as they are read.
@group(0) @binding(1) var<storage, read> w: array<u32>;

fn word(row: u32, i: u32) -> u32 {
  return select(0u, w[row * p.words + min(i, p.words - 1u)], i < p.words);
}

fn weight_block(row: u32, block: u32) -> vec4<u32> {
  let a = word(row, 3u * block);
  let b = word(row, 3u * block + 1u);
  let c = word(row, 3u * block + 2u);
  // Eight codes each in 24 bits, then in halves, bytes and nibbles.
  var v = vec4(a, (a >> 24u) | (b << 8u), (b >> 16u) | (c << 16u), c >> 8u);
  v = (v & vec4(0xfffu)) | ((v & vec4(0xfff000u)) << vec4(4u));
  v = (v & vec4(0x3f003fu)) | ((v & vec4(0xfc00fc0u)) << vec4(2u));
  return (v & vec4(0x7070707u)) | ((v & vec4(0x38383838u)) << vec4(1u));
}
