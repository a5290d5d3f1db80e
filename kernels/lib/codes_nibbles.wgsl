// A block of 32 codes of at most 4 bits, of tokens and of weights: eight a word,
// of weights STRIDE bits apart. To be appended to matmul_codes_words.wgsl.
alias Codes = vec4<u32>;

fn token_codes(row: u32, block: u32) -> Codes { return x[row * p.blocks + block]; }
fn weight_codes(row: u32, block: u32) -> Codes { return weight_block(row, block); }

// Code i of the first word.
fn token_code(c: Codes, i: u32) -> i32 { return i32(c.x << (28u - 4u * i)) >> 28u; }
fn weight_code(c: Codes, i: u32) -> i32 { return i32(c.x << (32u - STRIDE * (i + 1u))) >> (32u - STRIDE); }

fn next_word(c: Codes) -> Codes { return c.yzwx; }

