// attention_forward.wgsl through workgroup memory, for adapters of any subgroup width or none:
// WIDE x HIGH threads own ROWS queries of a head and walk the keys, KEYS at a time, which
// they fetch once for all. Scores are TM x TN a thread, outputs TM rows of DV vec4s.
const WIDE = 16u;
const HIGH = 8u;
const TM = 8u; // queries a thread, neighbours; a multiple of 4
const TN = 4u; // keys a thread, WIDE apart
const DV = 2u; // vec4s of an output row a thread, WIDE apart: Dh <= 4 WIDE DV
const STEP = 4u; // vec4s of a head that are staged at a time
const BIASED = false;
const THREADS = WIDE * HIGH;
const ROWS = HIGH * TM;
const KEYS = WIDE * TN;
const COLUMNS = WIDE * DV;
const LOW = -1e30; // the score of a dropped key: finite, so that differences are
// One vector more than there is, so that threads that store along k meet different banks.
const Q_PITCH = ROWS + 1u;
const K_PITCH = KEYS + 1u;
const P_PITCH = ROWS / 4u + 1u;
const SCORES = STEP * (Q_PITCH + K_PITCH);
const VALUES = WIDE * COLUMNS;
const STAGE = SCORES * u32(SCORES > VALUES) + VALUES * u32(SCORES <= VALUES);

var<workgroup> stage: array<vec4<f32>, STAGE>; // of q and k, then of v
var<workgroup> rows: array<vec4<f32>, WIDE * P_PITCH>; // a value of each query and of each of WIDE keys

@compute @workgroup_size(WIDE, HIGH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let q0 = group.x * ROWS;
  let mine = TM * local.y; // first of this thread's queries
  let own_row = local.y * (TM / 4u);
  let head = group.z * p.heads + group.y;
  var top: array<f32, TM>; // running maximum
  var sum: array<f32, TM>; // this thread's share of the denominator
  var acc: array<array<vec4<f32>, DV>, TM>;
  /*unroll*/ for (var i = 0u; i < TM; i++) { top[i] = LOW; }
  if (p.first > 0u) {
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let row = min(q0 + mine + i, p.lq - 1u);
      top[i] = lse[head * p.lq + row];
      sum[i] = select(0.0, 1.0, local.x == 0u && top[i] > LOW);
      /*unroll*/ for (var d = 0u; d < DV; d++) {
        acc[i][d] = o[((group.z * p.lq + row) * p.heads + group.y) * p.quads + min(d * WIDE + local.x, p.quads - 1u)];
      }
    }
  }
  for (var k0 = p.first; k0 < p.end; k0 += KEYS) {
    var s = array<array<f32, TN>, TM>();
    for (var d0 = 0u; d0 < p.quads; d0 += STEP) {
      // Beyond the edges the last row repeats; beyond the head q is zero.
      for (var i = thread; i < STEP * ROWS; i += THREADS) {
        let d = d0 + i % STEP;
        let row = min(q0 + i / STEP, p.lq - 1u);
        let at = ((group.z * p.lq + row) * p.heads + group.y) * p.quads;
        stage[i % STEP * Q_PITCH + i / STEP] = select(vec4<f32>(), q[at + min(d, p.quads - 1u)], d < p.quads);
      }
      for (var i = thread; i < STEP * KEYS; i += THREADS) {
        let key = min(k0 + i / STEP, p.lk - 1u);
        let at = ((group.z * p.lk + key) * p.heads + group.y) * p.quads;
        stage[STEP * Q_PITCH + i % STEP * K_PITCH + i / STEP] = k[at + min(d0 + i % STEP, p.quads - 1u)];
      }
      workgroupBarrier();
      for (var d = 0u; d < STEP; d++) {
        var a: array<vec4<f32>, TM>;
        var b: array<vec4<f32>, TN>;
        /*unroll*/ for (var i = 0u; i < TM; i++) { a[i] = stage[d * Q_PITCH + mine + i]; }
        /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = stage[STEP * Q_PITCH + d * K_PITCH + j * WIDE + local.x]; }
        /*unroll*/ for (var c = 0u; c < 4u; c++) {
          /*unroll*/ for (var i = 0u; i < TM; i++) {
            /*unroll*/ for (var j = 0u; j < TN; j++) { s[i][j] = fma(a[i][c], b[j][c], s[i][j]); }
          }
        }
      }
      workgroupBarrier();
    }
    var keep: array<f32, TN>;
    var most: array<f32, TM>;
    /*unroll*/ for (var i = 0u; i < TM; i++) { most[i] = LOW; }
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      let at = k0 + j * WIDE + local.x;
      let key = min(at, p.lk - 1u);
      keep[j] = select(0.0, 1.0, at < p.end);
      if (p.masked != 0u && mask[group.z * p.lk + key] == 0.0) { keep[j] = 0.0; }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        var z = s[i][j] * p.scale;
        if (BIASED) { z += bias[group.z * p.bias_batch + (group.y * p.lq + min(q0 + mine + i, p.lq - 1u)) * p.lk + key]; }
        s[i][j] = select(LOW, z, keep[j] != 0.0);
        most[i] = max(most[i], s[i][j]);
      }
    }
    /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
      rows[local.x * P_PITCH + own_row + h] = vec4(most[4u * h], most[4u * h + 1u], most[4u * h + 2u], most[4u * h + 3u]);
    }
    workgroupBarrier();
    /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
      var next = rows[own_row + h];
      for (var u = 1u; u < WIDE; u++) { next = max(next, rows[u * P_PITCH + own_row + h]); }
      /*unroll*/ for (var c = 0u; c < 4u; c++) { most[4u * h + c] = max(top[4u * h + c], next[c]); }
    }
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let shrink = exp(top[i] - most[i]);
      top[i] = most[i];
      sum[i] *= shrink;
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        s[i][j] = exp(s[i][j] - top[i]) * keep[j];
        sum[i] += s[i][j];
      }
      /*unroll*/ for (var d = 0u; d < DV; d++) { acc[i][d] *= shrink; }
    }
    workgroupBarrier();
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
        rows[local.x * P_PITCH + own_row + h] = vec4(s[4u * h][j], s[4u * h + 1u][j], s[4u * h + 2u][j], s[4u * h + 3u][j]);
      }
      for (var i = thread; i < VALUES; i += THREADS) {
        let key = min(k0 + j * WIDE + i / COLUMNS, p.lk - 1u);
        stage[i] = v[((group.z * p.lk + key) * p.heads + group.y) * p.quads + min(i % COLUMNS, p.quads - 1u)];
      }
      workgroupBarrier();
      for (var u = 0u; u < WIDE; u++) {
        var a: array<vec4<f32>, TM / 4u>;
        var b: array<vec4<f32>, DV>;
        /*unroll*/ for (var h = 0u; h < TM / 4u; h++) { a[h] = rows[u * P_PITCH + own_row + h]; }
        /*unroll*/ for (var d = 0u; d < DV; d++) { b[d] = stage[u * COLUMNS + d * WIDE + local.x]; }
        /*unroll*/ for (var i = 0u; i < TM; i++) {
          /*unroll*/ for (var d = 0u; d < DV; d++) { acc[i][d] = fma(vec4(a[i / 4u][i % 4u]), b[d], acc[i][d]); }
        }
      }
      workgroupBarrier();
    }
  }
  /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
    rows[local.x * P_PITCH + own_row + h] = vec4(sum[4u * h], sum[4u * h + 1u], sum[4u * h + 2u], sum[4u * h + 3u]);
  }
  workgroupBarrier();
  /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
    var total = vec4<f32>();
    for (var u = 0u; u < WIDE; u++) { total += rows[u * P_PITCH + own_row + h]; }
    /*unroll*/ for (var c = 0u; c < 4u; c++) { sum[4u * h + c] = total[c]; }
  }
  /*unroll*/ for (var i = 0u; i < TM; i++) {
    let row = q0 + mine + i;
    // A row without any key gives zeros, forward and backward.
    let share = select(0.0, 1.0 / sum[i], sum[i] > 0.0);
    if (row < p.lq) {
      /*unroll*/ for (var d = 0u; d < DV; d++) {
        if (d * WIDE + local.x < p.quads) {
          o[((group.z * p.lq + row) * p.heads + group.y) * p.quads + d * WIDE + local.x] = acc[i][d] * share;
        }
      }
      if (local.x == 0u) {
        lse[head * p.lq + row] = select(select(LOW, 0.0, p.end == p.lk), top[i] + log(sum[i]), sum[i] > 0.0);
      }
    }
  }
}
