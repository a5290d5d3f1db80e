// y = convolution of x [B, T, H, W, C] with w [N, taps, C] (+ bias), as an implicit GEMM on the
// tiles of matmul_subgroup.wgsl: patches are gathered as they are loaded, from one row of C a tap.
// One subgroup owns TM positions of one frame of y and LANES * TN channels.
const LANES = 8u;
const TM = 32u; // positions
const TN = 4u; // channels a lane, in runs of 4 neighbours
const LOADS = (TM + LANES - 1u) / LANES;
const RUNS = TN / 4u;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let quads = p.size.w;
  let area = p.grid.y * p.grid.z;
  let row = group.y * TM;
  let column = group.x * LANES * TN + 4u * lane;
  let clip = group.z / p.grid.x * p.size.x;
  let n = 4u * p.grid.w;
  let length = p.taps.x * p.taps.y * p.taps.z * quads; // of a row of w
  var oh: array<u32, LOADS>;
  var ow: array<u32, LOADS>;
  var from_w: array<u32, TN>;
  // Positions and channels beyond the edge repeat the last one; only stores are guarded.
  /*unroll*/ for (var i = 0u; i < LOADS; i++) {
    let r = min(row + i * LANES + lane, area - 1u);
    oh[i] = r / p.grid.z;
    ow[i] = r % p.grid.z;
  }
  /*unroll*/ for (var j = 0u; j < TN; j++) {
    from_w[j] = min(column + 4u * LANES * (j / 4u) + j % 4u, n - 1u) * length;
  }
  var acc: array<array<f32, TN>, TM>;
  var line: array<i32, LOADS>;
  var from_x: array<u32, LOADS>;
  var inside: array<bool, LOADS>;
  var a: array<vec4<f32>, LOADS>;
  var b: array<vec4<f32>, TN>;
  for (var kt = 0u; kt < p.taps.x; kt++) {
    let t = reads(group.z % p.grid.x, kt, 0u);
    if (t < 0) { continue; }
    for (var kh = 0u; kh < p.taps.y; kh++) {
      /*unroll*/ for (var i = 0u; i < LOADS; i++) { line[i] = reads(oh[i], kh, 1u); }
      for (var kw = 0u; kw < p.taps.z; kw++) {
        /*unroll*/ for (var i = 0u; i < LOADS; i++) {
          let c = reads(ow[i], kw, 2u);
          inside[i] = line[i] >= 0 && c >= 0;
          let at = ((clip + u32(t)) * p.size.y + u32(max(line[i], 0))) * p.size.z + u32(max(c, 0));
          from_x[i] = at * quads;
        }
        let tap = ((kt * p.taps.y + kh) * p.taps.z + kw) * quads;
        for (var k = 0u; k < quads; k++) {
          /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = w[from_w[j] + tap + k]; }
          /*unroll*/ for (var i = 0u; i < LOADS; i++) {
            a[i] = select(vec4<f32>(), x[from_x[i] + k], inside[i]);
          }
          /*unroll*/ for (var i = 0u; i < TM; i++) {
            let v = subgroupBroadcast(a[i / LANES], i % LANES);
            /*unroll*/ for (var q = 0u; q < 4u; q++) {
              /*unroll*/ for (var j = 0u; j < TN; j++) { acc[i][j] = fma(v[q], b[j][q], acc[i][j]); }
            }
          }
        }
      }
    }
  }
  /*unroll*/ for (var r = 0u; r < RUNS; r++) {
    let c = column + 4u * LANES * r;
    if (c < n) {
      var add = vec4<f32>();
      if (p.biased != 0u) { add = bias[c / 4u]; }
      let to = (group.z * area + row) * p.grid.w + c / 4u;
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        if (row + i < area) {
          y[to + i * p.grid.w] = add + vec4(acc[i][4u * r], acc[i][4u * r + 1u], acc[i][4u * r + 2u], acc[i][4u * r + 3u]);
        }
      }
    }
  }
}
