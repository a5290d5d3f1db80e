// o = softmax(scale q k^T + bias) v and the log-sum-exp of each row; no row of weights reaches memory.
// One subgroup owns TM queries of a head and walks the keys, KEYS at a time. Keys lie across the
// lanes in the scores, columns of v in the output; broadcasts lead from the one to the other.
const LANES = 8u;
const TM = 16u; // queries
const TN = 2u; // keys a lane, each step
const DV = 1u; // vec4s of a head a lane: Dh <= 4 LANES DV
const BIASED = false;
const KEYS = LANES * TN;
const LOADS = (TM + LANES - 1u) / LANES;
const LOW = -1e30; // the score of a dropped key: finite, so that differences are

struct Params {
  lq: u32,
  lk: u32,
  heads: u32,
  quads: u32, // Dh / 4
  scale: f32,
  masked: u32,
  bias_batch: u32, // values of bias from one batch to the next; 0 if all share it
}

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>; // [B, Lq, H, Dh]
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>; // [B, Lk, H, Dh]
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mask: array<f32>; // [B, Lk]: 0 drops a key
@group(0) @binding(4) var<storage, read> bias: array<f32>; // [1 or B, H, Lq, Lk]
@group(0) @binding(5) var<storage, read_write> o: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>; // [B, H, Lq]
@group(0) @binding(7) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let q0 = group.x * TM;
  let head = group.y * p.quads;
  let stride = p.heads * p.quads;
  var q_at: array<u32, LOADS>;
  var k_at: array<u32, TN>;
  var d_at: array<u32, DV>;
  // Beyond the edges the last row or column repeats.
  /*unroll*/ for (var g = 0u; g < LOADS; g++) {
    q_at[g] = (group.z * p.lq + min(q0 + g * LANES + lane, p.lq - 1u)) * stride + head;
  }
  /*unroll*/ for (var d = 0u; d < DV; d++) {
    d_at[d] = head + min(d * LANES + lane, p.quads - 1u);
  }
  var top: array<f32, TM>; // running maximum
  var sum: array<f32, TM>; // this lane's share of the denominator
  var acc: array<array<vec4<f32>, DV>, TM>;
  /*unroll*/ for (var i = 0u; i < TM; i++) { top[i] = LOW; }

  for (var k0 = 0u; k0 < p.lk; k0 += KEYS) {
    var keep: array<f32, TN>;
    var key: array<u32, TN>;
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      let at = k0 + j * LANES + lane;
      key[j] = min(at, p.lk - 1u);
      keep[j] = select(0.0, 1.0, at < p.lk);
      if (p.masked != 0u && mask[group.z * p.lk + key[j]] == 0.0) { keep[j] = 0.0; }
      k_at[j] = (group.z * p.lk + key[j]) * stride + head;
    }
    var s = array<array<f32, TN>, TM>();
    for (var d = 0u; d < p.quads; d++) {
      var a: array<vec4<f32>, LOADS>;
      var b: array<vec4<f32>, TN>;
      /*unroll*/ for (var g = 0u; g < LOADS; g++) { a[g] = q[q_at[g] + d]; }
      /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = k[k_at[j] + d]; }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let x = subgroupBroadcast(a[i / LANES], i % LANES);
        /*unroll*/ for (var c = 0u; c < 4u; c++) {
          /*unroll*/ for (var j = 0u; j < TN; j++) { s[i][j] = fma(x[c], b[j][c], s[i][j]); }
        }
      }
    }
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      var most = LOW;
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        var z = s[i][j] * p.scale;
        if (BIASED) {
          z += bias[group.z * p.bias_batch + (group.y * p.lq + min(q0 + i, p.lq - 1u)) * p.lk + key[j]];
        }
        s[i][j] = select(LOW, z, keep[j] != 0.0);
        most = max(most, s[i][j]);
      }
      let next = max(top[i], subgroupMax(most));
      let shrink = exp(top[i] - next);
      top[i] = next;
      sum[i] *= shrink;
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        let e = exp(s[i][j] - next) * keep[j];
        s[i][j] = e;
        sum[i] += e;
      }
      /*unroll*/ for (var d = 0u; d < DV; d++) { acc[i][d] *= shrink; }
    }
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      /*unroll*/ for (var u = 0u; u < LANES; u++) {
        var b: array<vec4<f32>, DV>;
        let row = (group.z * p.lk + min(k0 + j * LANES + u, p.lk - 1u)) * stride;
        /*unroll*/ for (var d = 0u; d < DV; d++) { b[d] = v[row + d_at[d]]; }
        /*unroll*/ for (var i = 0u; i < TM; i++) {
          let x = vec4(subgroupBroadcast(s[i][j], u));
          /*unroll*/ for (var d = 0u; d < DV; d++) { acc[i][d] = fma(x, b[d], acc[i][d]); }
        }
      }
    }
  }

  /*unroll*/ for (var i = 0u; i < TM; i++) {
    let total = subgroupAdd(sum[i]);
    let share = select(0.0, 1.0 / total, total > 0.0);
    if (q0 + i < p.lq) {
      /*unroll*/ for (var d = 0u; d < DV; d++) {
        if (d * LANES + lane < p.quads) {
          o[(group.z * p.lq + q0 + i) * stride + d_at[d]] = acc[i][d] * share;
        }
      }
      if (lane == 0u) {
        // A row without any key gives zeros, forward and backward.
        lse[(group.z * p.heads + group.y) * p.lq + q0 + i] = select(0.0, top[i] + log(total), total > 0.0);
      }
    }
  }
}
