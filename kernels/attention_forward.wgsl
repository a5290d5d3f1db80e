// o = softmax(scale q k^T + bias) v and the log-sum-exp of each row; no row of weights reaches memory.
// One subgroup owns TM queries of a head and walks the keys, KEYS at a time. Keys lie across the
// lanes in the scores, columns of v in the output; broadcasts lead from the one to the other.
const LANES = 8u;
const TM = 16u; // queries
const TN = 2u; // keys a lane, each step
const DV = 1u; // vec4s of an output row a lane: Dh <= 4 LANES DV
const PACK = 1u; // numbers a word of q and k: 1 is f32, 2 f16, 4 int8 with a scale for every row
const V_PACK = 1u; // the same of v; divides DV
const APART = false; // heads lie apart, [B, H, L, Dh]; else [B, L, H, Dh]
const DOT4 = false; // int8 in fours, where the adapter multiplies them so; else as exact floats
const BIASED = false;
const KEYS = LANES * TN;
const LOADS = (TM + LANES - 1u) / LANES;
const LOW = -1e30; // the score of a dropped key: finite, so that differences are

struct Params {
  lq: u32,
  lk: u32,
  heads: u32,
  quads: u32, // Dh / 4
  loads: u32, // of 16 bytes in a row of q or k
  v_loads: u32,
  scale: f32,
  masked: u32,
  bias_batch: u32, // values of bias from one batch to the next; 0 if all share it
  first: u32, // keys of this dispatch: later ones go on from o and lse
  end: u32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> k: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> scales: array<f32>; // of int8: q [B, H, Lq], then k [B, H, Lk]
@group(0) @binding(4) var<storage, read> mask: array<f32>; // [B, Lk]: 0 drops a key
@group(0) @binding(5) var<storage, read> bias: array<f32>; // [1 or B, H, Lq, Lk]
@group(0) @binding(6) var<storage, read_write> o: array<vec4<f32>>; // [B, Lq, H, Dh]
@group(0) @binding(7) var<storage, read_write> lse: array<f32>; // [B, H, Lq]
@group(0) @binding(8) var<uniform> p: Params;

// Which row of all heads is row `i` of this group's head.
fn row_of(i: u32, rows: u32, apart: bool, group: vec3<u32>) -> u32 {
  if (apart) { return (group.z * p.heads + group.y) * rows + i; }
  return (group.z * rows + i) * p.heads + group.y;
}

// Four numbers of a load.
fn numbers(words: vec4<u32>, e: u32, pack: u32) -> vec4<f32> {
  if (pack == 1u) { return bitcast<vec4<f32>>(words); }
  if (pack == 4u) { return vec4<f32>(unpack4xI8(words[e])); }
  return vec4(unpack2x16float(words[2u * e]), unpack2x16float(words[2u * e + 1u]));
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let q0 = group.x * TM;
  let head = group.z * p.heads + group.y;
  var q_at: array<u32, LOADS>;
  var q_scale: array<f32, LOADS>;
  var k_at: array<u32, TN>;
  var k_scale: array<f32, TN>;
  var column: array<u32, DV>; // in quads
  // Beyond the edges the last row or column repeats.
  /*unroll*/ for (var g = 0u; g < LOADS; g++) {
    let row = min(q0 + g * LANES + lane, p.lq - 1u);
    q_at[g] = row_of(row, p.lq, APART, group) * p.loads;
    q_scale[g] = p.scale;
    if (PACK == 4u) { q_scale[g] *= scales[head * p.lq + row]; }
  }
  /*unroll*/ for (var d = 0u; d < DV; d++) {
    column[d] = (d / V_PACK * LANES + lane) * V_PACK + d % V_PACK;
  }
  var top: array<f32, TM>; // running maximum
  var sum: array<f32, TM>; // this lane's share of the denominator
  var acc: array<array<vec4<f32>, DV>, TM>;
  /*unroll*/ for (var i = 0u; i < TM; i++) { top[i] = LOW; }
  if (p.first > 0u) {
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let row = min(q0 + i, p.lq - 1u);
      top[i] = lse[head * p.lq + row];
      sum[i] = select(0.0, 1.0, lane == 0u && top[i] > LOW);
      /*unroll*/ for (var d = 0u; d < DV; d++) {
        acc[i][d] = o[row_of(row, p.lq, false, group) * p.quads + min(column[d], p.quads - 1u)];
      }
    }
  }

  for (var k0 = p.first; k0 < p.end; k0 += KEYS) {
    var keep: array<f32, TN>;
    var key: array<u32, TN>;
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      let at = k0 + j * LANES + lane;
      key[j] = min(at, p.lk - 1u);
      keep[j] = select(0.0, 1.0, at < p.end);
      if (p.masked != 0u && mask[group.z * p.lk + key[j]] == 0.0) { keep[j] = 0.0; }
      k_at[j] = row_of(key[j], p.lk, APART, group) * p.loads;
      k_scale[j] = 1.0;
      if (PACK == 4u) { k_scale[j] = scales[groups.z * p.heads * p.lq + head * p.lk + key[j]]; }
    }
    var s = array<array<f32, TN>, TM>();
    if (DOT4) {
      var dots = array<array<i32, TN>, TM>();
      for (var d = 0u; d < p.loads; d++) {
        var a: array<vec4<u32>, LOADS>;
        var b: array<vec4<u32>, TN>;
        /*unroll*/ for (var g = 0u; g < LOADS; g++) { a[g] = q[q_at[g] + d]; }
        /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = k[k_at[j] + d]; }
        /*unroll*/ for (var i = 0u; i < TM; i++) {
          let x = subgroupBroadcast(a[i / LANES], i % LANES);
          /*unroll*/ for (var c = 0u; c < 4u; c++) {
            /*unroll*/ for (var j = 0u; j < TN; j++) { dots[i][j] += dot4I8Packed(x[c], b[j][c]); }
          }
        }
      }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        /*unroll*/ for (var j = 0u; j < TN; j++) { s[i][j] = f32(dots[i][j]); }
      }
    } else {
      for (var d = 0u; d < p.loads; d++) {
        var a: array<vec4<u32>, LOADS>;
        var b: array<vec4<u32>, TN>;
        /*unroll*/ for (var g = 0u; g < LOADS; g++) { a[g] = q[q_at[g] + d]; }
        /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = k[k_at[j] + d]; }
        /*unroll*/ for (var e = 0u; e < PACK; e++) {
          var x: array<vec4<f32>, LOADS>;
          var y: array<vec4<f32>, TN>;
          /*unroll*/ for (var g = 0u; g < LOADS; g++) { x[g] = numbers(a[g], e, PACK); }
          /*unroll*/ for (var j = 0u; j < TN; j++) { y[j] = numbers(b[j], e, PACK); }
          /*unroll*/ for (var i = 0u; i < TM; i++) {
            let u = subgroupBroadcast(x[i / LANES], i % LANES);
            /*unroll*/ for (var c = 0u; c < 4u; c++) {
              /*unroll*/ for (var j = 0u; j < TN; j++) { s[i][j] = fma(u[c], y[j][c], s[i][j]); }
            }
          }
        }
      }
    }
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let scale = subgroupBroadcast(q_scale[i / LANES], i % LANES);
      var most = LOW;
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        var z = s[i][j] * (scale * k_scale[j]);
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
        let row = row_of(min(k0 + j * LANES + u, p.lk - 1u), p.lk, APART, group) * p.v_loads;
        /*unroll*/ for (var d = 0u; d < DV / V_PACK; d++) {
          let words = v[row + min(d * LANES + lane, p.v_loads - 1u)];
          /*unroll*/ for (var e = 0u; e < V_PACK; e++) { b[d * V_PACK + e] = numbers(words, e, V_PACK); }
        }
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
        if (column[d] < p.quads) {
          o[row_of(q0 + i, p.lq, false, group) * p.quads + column[d]] = acc[i][d] * share;
        }
      }
      if (lane == 0u) {
        // A row without any key gives zeros, forward and backward.
        let none = select(LOW, 0.0, p.end == p.lk);
        lse[head * p.lq + q0 + i] = select(none, top[i] + log(total), total > 0.0);
      }
    }
  }
}
