// The products of matmul_subgroup.wgsl through workgroup memory: WIDE x HIGH threads of TM x TN
// values each; STEP vec4s along k are staged at a time. Needs no subgroups. SLICES such squares
// share a tile, each with its own part of K, so that products of few tiles fill a GPU too.
const WIDE = 8u;
const HIGH = 8u;
const TM = 8u; // rows a thread, HIGH apart
const TN = 8u; // columns a thread, in runs of 4 neighbours
const STEP = 4u;
const SLICES = 1u;
const TURNED = false; // w is [K, N]
const HALF = false; // w [N, K] holds two halves a word
const THREADS = WIDE * HIGH;
const ROWS = HIGH * TM;
const QUADS = WIDE * TN / 4u; // columns, four at a time
const RUNS = TN / 4u;
const KEPT = (TM + SLICES - 1u) / SLICES; // rows of a thread that its slice finishes
// One vector more than there is, so that threads that store along k meet different banks.
const X_PITCH = ROWS + 1u;
const W_PITCH = 4u * QUADS + 1u;

var<workgroup> xs: array<vec4<f32>, SLICES * STEP * X_PITCH>;
// At the end of the walk it holds sums on their way between slices.
var<workgroup> ws: array<vec4<f32>, SLICES * STEP * W_PITCH>;

fn weight(row: u32, k: u32, start: u32) -> vec4<f32> {
  if (HALF) {
    let v = w[start + row * (p.quads / 2u) + k / 2u];
    let halves = select(v.xy, v.zw, k % 2u == 1u);
    return vec4(unpack2x16float(halves.x), unpack2x16float(halves.y));
  }
  return bitcast<vec4<f32>>(w[start + row * p.quads + k]);
}

@compute @workgroup_size(WIDE, HIGH, SLICES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let slice = local.z;
  let thread = local.y * WIDE + local.x;
  let x_at = slice * STEP * X_PITCH;
  let w_at = slice * STEP * W_PITCH;
  let row = group.x * ROWS;
  let quad = group.y * QUADS;
  let from_x = p.x_offset + group.z * p.x_batch;
  let from_w = p.w_offset + group.z * p.w_batch;
  var acc: array<array<f32, TN>, TM>;
  var a: array<vec4<f32>, TM>;
  var b: array<vec4<f32>, TN>;
  for (var first = 0u; first < p.quads; first += STEP * SLICES) {
    let k0 = first + STEP * slice;
    // Rows and columns beyond the edge repeat the last one; beyond K x is zero.
    for (var i = thread; i < STEP * ROWS; i += THREADS) {
      let k = k0 + i % STEP;
      let r = min(row + i / STEP, p.m - 1u);
      xs[x_at + (i % STEP) * X_PITCH + i / STEP] = select(vec4<f32>(), x[from_x + r * p.quads + min(k, p.quads - 1u)], k < p.quads);
    }
    // Threads that follow each other read what lies side by side: along k, or along N.
    for (var i = thread; i < STEP * QUADS; i += THREADS) {
      let s = select(i % STEP, i / QUADS, TURNED);
      let c = select(i / STEP, i % QUADS, TURNED);
      var block: array<vec4<f32>, 4>;
      if (TURNED) {
        var rows: array<vec4<u32>, 4>;
        /*unroll*/ for (var q = 0u; q < 4u; q++) {
          rows[q] = w[from_w + min(4u * (k0 + s) + q, p.depth - 1u) * (p.n / 4u) + min(quad + c, p.n / 4u - 1u)];
        }
        /*unroll*/ for (var j = 0u; j < 4u; j++) { block[j] = bitcast<vec4<f32>>(turned(rows, j)); }
      } else {
        /*unroll*/ for (var j = 0u; j < 4u; j++) {
          block[j] = weight(min(4u * (quad + c) + j, p.n - 1u), min(k0 + s, p.quads - 1u), from_w);
        }
      }
      // The four neighbours of a run lie apart, so that the threads of a row read side by side.
      /*unroll*/ for (var j = 0u; j < 4u; j++) { ws[w_at + s * W_PITCH + j * QUADS + c] = block[j]; }
    }
    workgroupBarrier();
    for (var k = 0u; k < STEP; k++) {
      /*unroll*/ for (var i = 0u; i < TM; i++) { a[i] = xs[x_at + k * X_PITCH + i * HIGH + local.y]; }
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        b[j] = ws[w_at + k * W_PITCH + (j % 4u) * QUADS + (j / 4u) * WIDE + local.x];
      }
      /*unroll*/ for (var q = 0u; q < 4u; q++) {
        /*unroll*/ for (var i = 0u; i < TM; i++) {
          /*unroll*/ for (var j = 0u; j < TN; j++) { acc[i][j] = fma(a[i][q], b[j][q], acc[i][j]); }
        }
      }
    }
    workgroupBarrier();
  }
  var sums: array<array<vec4<f32>, RUNS>, KEPT>;
  /*unroll*/ for (var i = 0u; i < TM; i++) {
    /*unroll*/ for (var s = 0u; s < RUNS; s++) {
      let v = vec4(acc[i][4u * s], acc[i][4u * s + 1u], acc[i][4u * s + 2u], acc[i][4u * s + 3u]);
      if (SLICES == 1u) { sums[i / SLICES][s] = v; } else { ws[(slice * RUNS + s) * THREADS + thread] = v; }
    }
    if (SLICES > 1u) { // row i of the threads of all slices comes together in slice i % SLICES
      workgroupBarrier();
      if (slice == i % SLICES) {
        /*unroll*/ for (var s = 0u; s < RUNS; s++) {
          /*unroll*/ for (var from = 0u; from < SLICES; from++) { sums[i / SLICES][s] += ws[(from * RUNS + s) * THREADS + thread]; }
        }
      }
      workgroupBarrier();
    }
  }
  /*unroll*/ for (var s = 0u; s < RUNS; s++) {
    let c = quad + s * WIDE + local.x;
    if (c < p.n / 4u) {
      let add = bias_of(c);
      /*unroll*/ for (var i = 0u; i < KEPT; i++) {
        let r = row + (i * SLICES + slice) * HIGH + local.y;
        if (i * SLICES + slice < TM && r < p.m) { finish(add + sums[i][s], r, c, group.z); }
      }
    }
  }
}
