// y = x w^T (+ bias) in each batch, as matmul_subgroup.wgsl, through workgroup memory:
// WIDE x HIGH threads of TM x TN values each; STEP vec4s along k are staged at a time.
const WIDE = 8u;
const HIGH = 8u;
const TM = 8u; // rows a thread, HIGH apart
const TN = 8u; // columns a thread, in runs of 4 neighbours
const STEP = 4u;
const HALF = false; // w holds two halves a word
const THREADS = WIDE * HIGH;
const ROWS = HIGH * TM;
const COLUMNS = WIDE * TN;
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

var<workgroup> xs: array<vec4<f32>, STEP * ROWS>;
var<workgroup> ws: array<vec4<f32>, STEP * COLUMNS>;

fn weight(row: u32, k: u32, batch: u32) -> vec4<f32> {
  if (HALF) {
    let v = w[p.w_offset + batch * p.w_batch + row * (p.quads / 2u) + k / 2u];
    let halves = select(v.xy, v.zw, k % 2u == 1u);
    return vec4(unpack2x16float(halves.x), unpack2x16float(halves.y));
  }
  return bitcast<vec4<f32>>(w[p.w_offset + batch * p.w_batch + row * p.quads + k]);
}

@compute @workgroup_size(WIDE, HIGH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * ROWS;
  let column = group.x * COLUMNS;
  let from_x = p.x_offset + group.z * p.x_batch;
  var acc: array<array<f32, TN>, TM>;
  var a: array<vec4<f32>, TM>;
  var b: array<vec4<f32>, TN>;
  for (var k0 = 0u; k0 < p.quads; k0 += STEP) {
    // Rows beyond the edge repeat the last one; beyond K everything is zero.
    for (var i = thread; i < STEP * ROWS; i += THREADS) {
      let k = k0 + i % STEP;
      let r = min(row + i / STEP, p.m - 1u);
      xs[(i % STEP) * ROWS + i / STEP] = select(vec4<f32>(), x[from_x + r * p.quads + min(k, p.quads - 1u)], k < p.quads);
    }
    for (var i = thread; i < STEP * COLUMNS; i += THREADS) {
      let k = min(k0 + i % STEP, p.quads - 1u);
      let c = i / STEP;
      // The four neighbours of a run lie apart, so that the threads of a row read side by side.
      ws[(i % STEP) * COLUMNS + (c % 4u) * (COLUMNS / 4u) + c / 4u] = weight(min(column + c, p.n - 1u), k, group.z);
    }
    workgroupBarrier();
    for (var k = 0u; k < STEP; k++) {
      /*unroll*/ for (var i = 0u; i < TM; i++) { a[i] = xs[k * ROWS + i * HIGH + local.y]; }
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        b[j] = ws[k * COLUMNS + (j % 4u) * (COLUMNS / 4u) + (j / 4u) * WIDE + local.x];
      }
      /*unroll*/ for (var q = 0u; q < 4u; q++) {
        /*unroll*/ for (var i = 0u; i < TM; i++) {
          /*unroll*/ for (var j = 0u; j < TN; j++) { acc[i][j] = fma(a[i][q], b[j][q], acc[i][j]); }
        }
      }
    }
    workgroupBarrier();
  }
  /*unroll*/ for (var s = 0u; s < RUNS; s++) {
    let c = column + 4u * (s * WIDE + local.x);
    if (c < p.n) {
      var add = vec4<f32>();
      if (p.biased != 0u) { add = bias[c / 4u]; }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let r = row + i * HIGH + local.y;
        if (r < p.m) {
          y[p.y_offset + group.z * p.y_batch + (r * p.n + c) / 4u] = add
            + vec4(acc[i][4u * s], acc[i][4u * s + 1u], acc[i][4u * s + 2u], acc[i][4u * s + 3u]);
        }
      }
    }
  }
}
