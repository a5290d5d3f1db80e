// Products of 4-bit codes, x [M, K] by w [N, K], two tokens in one word: the
// codes of one in the low and of the other in the high 16 bits, so that one
// multiplication serves both. 256 products of at most 15 x 15 fit 16 bits; then
// the halves are put apart. A subgroup owns 2 LANES tokens and 4 LANES outputs.
const LANES = 8u;
const SUBGROUPS = 4u; // of a workgroup, side by side
const SPLIT = 8u; // blocks of 32 products until the halves are put apart

@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;

@compute @workgroup_size(LANES * SUBGROUPS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let lane = thread % LANES;
  let row = group.y * 2u * LANES;
  let column = ((group.x * SUBGROUPS + thread / LANES) * LANES + lane) * 4u;
  let low = min(row + lane, p.m - 1u) * p.blocks;
  let high = min(row + LANES + lane, p.m - 1u) * p.blocks;
  var sums: array<array<u32, 4>, LANES>; // modulo 2^32, both halves
  var highs: array<array<u32, 4>, LANES>;
  var words: array<vec4<u32>, 4>;
  for (var start = 0u; start < p.blocks; start += SPLIT) {
    var acc = array<array<u32, 4>, LANES>(); // without the value it would keep the last turn's
    for (var k = start; k < min(start + SPLIT, p.blocks); k++) {
      let a = x[low + k];
      let b = x[high + k];
      /*unroll*/ for (var j = 0u; j < 4u; j++) { words[j] = weight_block(min(column + j, p.n - 1u), k); }
      /*unroll*/ for (var q = 0u; q < 4u; q++) {
        /*unroll*/ for (var i = 0u; i < 8u; i++) {
          let pair = ((a[q] >> (4u * i)) & 15u) | (((b[q] >> (4u * i)) & 15u) << 16u);
          var code: array<u32, 4>;
          /*unroll*/ for (var j = 0u; j < 4u; j++) { code[j] = (words[j][q] >> (4u * i)) & 15u; }
          /*unroll*/ for (var r = 0u; r < LANES; r++) {
            let v = subgroupBroadcast(pair, r);
            /*unroll*/ for (var j = 0u; j < 4u; j++) { acc[r][j] += v * code[j]; }
          }
        }
      }
    }
    /*unroll*/ for (var r = 0u; r < LANES; r++) {
      /*unroll*/ for (var j = 0u; j < 4u; j++) {
        sums[r][j] += acc[r][j];
        highs[r][j] += acc[r][j] >> 16u;
      }
    }
  }
  let o = outputs(column);
  /*unroll*/ for (var r = 0u; r < LANES; r++) {
    let h = vec4(highs[r][0], highs[r][1], highs[r][2], highs[r][3]);
    let s = vec4(sums[r][0], sums[r][1], sums[r][2], sums[r][3]);
    store(row + r, column, s - (h << vec4(16u)), o);
    store(row + LANES + r, column, h, o);
  }
}
