// Weights of 4 bits whose rows are whole blocks of 32 codes: four words a load.
@group(0) @binding(1) var<storage, read> w: array<vec4<u32>>;

fn weight_block(row: u32, block: u32) -> vec4<u32> { return w[row * p.blocks + block]; }
