// y = x w^T (+ bias) in each batch: x [M, K], w [N, K], y [M, N]; K and N are multiples of 4.
// One subgroup owns TM rows and LANES * TN columns. A lane reads its own rows of w along k;
// one load across the lanes brings LANES rows of x, which subgroupBroadcast hands out.
const LANES = 8u;
const TM = 32u; // rows
const TN = 4u; // columns a lane, in runs of 4 neighbours, so that stores are vec4
const HALF = false; // w holds two halves a word
const QUADS = 1u; // vec4s of x along k for one vec4 of w: 2 if HALF
const LOADS = (TM + LANES - 1u) / LANES;
const RUNS = TN / 4u;

struct Params {
  m: u32,
  n: u32,
  quads: u32, // K / 4
  biased: u32,
  x_offset: u32, // in vec4s, as the strides between batches
  w_offset: u32,
  y_offset: u32,
  x_batch: u32,
  w_batch: u32,
  y_batch: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> p: Params;

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
  let row = group.y * TM;
  let column = group.x * LANES * TN + 4u * lane;
  var from_x: array<u32, LOADS>;
  var from_w: array<u32, TN>;
  // Rows and columns beyond the edge repeat the last one; only stores are guarded.
  /*unroll*/ for (var i = 0u; i < LOADS; i++) {
    from_x[i] = p.x_offset + group.z * p.x_batch + min(row + i * LANES + lane, p.m - 1u) * p.quads;
  }
  /*unroll*/ for (var j = 0u; j < TN; j++) {
    from_w[j] = p.w_offset + group.z * p.w_batch
      + min(column + 4u * LANES * (j / 4u) + j % 4u, p.n - 1u) * (p.quads / QUADS);
  }
  var acc: array<array<f32, TN>, TM>;
  var words: array<vec4<u32>, TN>;
  for (var k = 0u; k < p.quads / QUADS; k++) {
    /*unroll*/ for (var j = 0u; j < TN; j++) { words[j] = w[from_w[j] + k]; }
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
    let c = column + 4u * LANES * r;
    if (c < p.n) {
      var add = vec4<f32>();
      if (p.biased != 0u) { add = bias[c / 4u]; }
      let to = p.y_offset + group.z * p.y_batch + (row * p.n + c) / 4u;
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        if (row + i < p.m) {
          y[to + i * (p.n / 4u)] = add + vec4(acc[i][4u * r], acc[i][4u * r + 1u], acc[i][4u * r + 2u], acc[i][4u * r + 3u]);
        }
      }
    }
  }
}
