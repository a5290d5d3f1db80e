// The products of columns of x [K, M] with columns of w [K, N] in each batch, y = x^T w, as the
// gradient of a weight is; their epilogue is appended. M and N are multiples of 4. One
// subgroup owns TM columns of x and LANES * TN of w, and reads a row of each at a time, as they
// lie; subgroupBroadcast hands the values of x out.
const LANES = 8u;
const TM = 32u; // columns of x
const TN = 4u; // columns of w a lane, in runs of 4 neighbours
const STEP = 4u; // rows at a time
const LOADS = (TM / 4u + LANES - 1u) / LANES;
const RUNS = TN / 4u;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = group.x * TM;
  let quad = group.y * LANES * RUNS + lane;
  let wide = p.m / 4u;
  let quads = p.n / 4u;
  var from_x: array<u32, LOADS>;
  var from_w: array<u32, RUNS>;
  // Columns beyond the edge repeat the last ones; only stores are guarded.
  /*unroll*/ for (var i = 0u; i < LOADS; i++) {
    from_x[i] = p.x_offset + group.z * p.x_batch + min(row / 4u + i * LANES + lane, wide - 1u);
  }
  /*unroll*/ for (var r = 0u; r < RUNS; r++) {
    from_w[r] = p.w_offset + group.z * p.w_batch + min(quad + LANES * r, quads - 1u);
  }
  var acc: array<array<f32, TN>, TM>;
  var a: array<array<vec4<f32>, LOADS>, STEP>;
  var b: array<array<vec4<f32>, RUNS>, STEP>;
  for (var k = 0u; k < p.depth; k += STEP) {
    // Beyond K they meet zeros of x.
    /*unroll*/ for (var q = 0u; q < STEP; q++) {
      let at = min(k + q, p.depth - 1u);
      /*unroll*/ for (var i = 0u; i < LOADS; i++) { a[q][i] = select(vec4<f32>(), x[from_x[i] + at * wide], k + q < p.depth); }
      /*unroll*/ for (var r = 0u; r < RUNS; r++) { b[q][r] = bitcast<vec4<f32>>(w[from_w[r] + at * quads]); }
    }
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      /*unroll*/ for (var q = 0u; q < STEP; q++) {
        let v = subgroupBroadcast(a[q][i / 4u / LANES][i % 4u], i / 4u % LANES);
        /*unroll*/ for (var j = 0u; j < TN; j++) { acc[i][j] = fma(v, b[q][j / 4u][j % 4u], acc[i][j]); }
      }
    }
  }
  /*unroll*/ for (var r = 0u; r < RUNS; r++) {
    let c = quad + LANES * r;
    if (c < quads) {
      let add = bias_of(c);
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        if (row + i < p.m) {
          finish(add + vec4(acc[i][4u * r], acc[i][4u * r + 1u], acc[i][4u * r + 2u], acc[i][4u * r + 3u]), row + i, c, group.z);
        }
      }
    }
  }
}
