// The products of rows of x [M, K] with w [N, K], or with w [K, N], in each batch; what becomes
// of them is appended. K of x and N are multiples of 4. One subgroup owns TM rows and LANES * TN
// columns. A lane reads its own columns of w; one load across the lanes brings LANES rows of x,
// which subgroupBroadcast hands out.
const LANES = 8u;
const TM = 32u; // rows
const TN = 4u; // columns a lane, in runs of 4 neighbours, so that stores are vec4
const TURNED = false; // w is [K, N]
const HALF = false; // w [N, K] holds two halves a word
const QUADS = 1u; // vec4s of x along k for one vec4 of w: 2 if HALF
const LOADS = (TM + LANES - 1u) / LANES;
const RUNS = TN / 4u;

fn widen(v: vec4<u32>, u: u32) -> vec4<f32> {
  if (HALF) {
    let halves = select(v.xy, v.zw, u == 1u);
    return vec4(unpack2x16float(halves.x), unpack2x16float(halves.y));
  }
  return bitcast<vec4<f32>>(v);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // Groups that follow each other share their columns, so that those of a w [K, N], which lie
  // far apart, stay in the cache.
  let row = group.x * TM;
  let quad = group.y * LANES * RUNS + lane;
  let quads = p.n / 4u;
  var from_x: array<u32, LOADS>;
  var from_w: array<u32, TN>;
  // Rows and columns beyond the edge repeat the last one; only stores are guarded.
  /*unroll*/ for (var i = 0u; i < LOADS; i++) {
    from_x[i] = p.x_offset + group.z * p.x_batch + min(row + i * LANES + lane, p.m - 1u) * p.quads;
  }
  /*unroll*/ for (var j = 0u; j < TN; j++) {
    let c = quad + LANES * (j / 4u);
    from_w[j] = p.w_offset + group.z * p.w_batch
      + select(min(4u * c + j % 4u, p.n - 1u) * (p.quads / QUADS), min(c, quads - 1u), TURNED);
  }
  var acc: array<array<f32, TN>, TM>;
  var words: array<vec4<u32>, TN>;
  var block: array<vec4<u32>, 4>;
  for (var k = 0u; k < p.quads / QUADS; k++) {
    if (TURNED) {
      // Beyond K they meet zeros of x.
      /*unroll*/ for (var r = 0u; r < RUNS; r++) {
        /*unroll*/ for (var q = 0u; q < 4u; q++) { block[q] = w[from_w[4u * r] + min(4u * k + q, p.depth - 1u) * quads]; }
        /*unroll*/ for (var j = 0u; j < 4u; j++) { words[4u * r + j] = turned(block, j); }
      }
    } else {
      /*unroll*/ for (var j = 0u; j < TN; j++) { words[j] = w[from_w[j] + k]; }
    }
    /*unroll*/ for (var u = 0u; u < QUADS; u++) {
      var a: array<vec4<f32>, LOADS>;
      var b: array<vec4<f32>, TN>;
      /*unroll*/ for (var i = 0u; i < LOADS; i++) { a[i] = x[from_x[i] + QUADS * k + u]; }
      /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = widen(words[j], u); }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let v = subgroupBroadcast(a[i / LANES], i % LANES);
        /*unroll*/ for (var q = 0u; q < 4u; q++) {
          /*unroll*/ for (var j = 0u; j < TN; j++) { acc[i][j] = fma(v[q], b[j][q], acc[i][j]); }
        }
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
