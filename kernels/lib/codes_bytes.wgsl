// A block of 32 codes of at most 8 bits, of tokens and of weights, four a word,
// in any order that is the same on both sides: weights of 3 and 4 bits have the
// even ones first. To be appended to matmul_codes_words.wgsl.
alias Codes = array<vec4<u32>, 2>; // to naga a type of its own: made by name, else SPIR-V has two

fn token_codes(row: u32, block: u32) -> Codes {
  let at = 2u * (row * p.blocks + block);
  return Codes(x[at], x[at + 1u]);
}
fn weight_codes(row: u32, block: u32) -> Codes {
  let v = weight_bytes(row, block);
  return Codes(v[0], v[1]);
}

// One of eight in the first words.
fn token_code(c: Codes, i: u32) -> i32 { return i32(c[i % 2u].x << (24u - 8u * (i / 2u))) >> 24u; }
fn weight_code(c: Codes, i: u32) -> i32 { return token_code(c, i) >> W_SHIFT; }

fn next_word(c: Codes) -> Codes { return Codes(c[0].yzwx, c[1].yzwx); }
