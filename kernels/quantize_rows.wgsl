// Quantises activations token by token for the products over codes, with the
// grid s, z of lib/token_grid.wgsl. Codes lie in blocks of 32 along a row,
// zeros behind its end:
//   4 bits and less: 4 words of 8 nibbles;
//   more: 8 words of bytes, codes 0 2 4 6, 8 10 .. of the block, then the odd ones.
// A token also gets s, z and sum(q) - K z, of which the zero points' share is made.
struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  tokens: u32, // rows of one sample
  top: f32, // P = 2^bits - 1
  clip: f32, // c0
  count: f32, // columns in numbers
  blocks: u32, // of 32 codes a row
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read> upper: array<f32>;
@group(0) @binding(2) var<storage, read> lower: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<u32>; // of each sample
@group(0) @binding(4) var<storage, read_write> codes: array<u32>;
@group(0) @binding(5) var<storage, read_write> token: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> p: Params;

const BYTES = false; // for more than 4 bits
const EIGHT = 8u / WIDTH; // Elems of eight codes

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    var least = Elem(3.4e38);
    var most = Elem(-3.4e38);
    for (var c = lane; c < p.columns; c += LANES) {
      least = min(least, x[at + c]);
      most = max(most, x[at + c]);
    }
    let extreme = vec2(row_min(smallest(least), lane), row_max(largest(most), lane));
    let sz = grid(extreme, row);
    var sum = Elem(0.0);
    for (var eight = lane; eight < 4u * p.blocks; eight += LANES) {
      var nibbles = 0u;
      var bytes = vec2<u32>();
      for (var e = 0u; e < EIGHT; e++) {
        let c = eight * EIGHT + e;
        if (c < p.columns) {
          let q = clamp(round(x[at + c] / sz.x) + sz.y, Elem(0.0), Elem(p.top));
          sum += q;
          if (BYTES) { bytes |= as_bytes(q, e); } else { nibbles |= as_nibbles(q, e); }
        }
      }
      let to = 4u * p.blocks * row + eight;
      if (BYTES) {
        let half = 2u * to - eight % 4u;
        codes[half] = bytes.x;
        codes[half + 4u] = bytes.y;
      } else {
        codes[to] = nibbles;
      }
    }
    let all = row_sum(total(sum), lane);
    if (lane == 0u) { token[row] = vec4(sz, all - p.count * sz.y, 0.0); }
  }
}
