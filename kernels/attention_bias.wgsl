// dbias = P (dP - delta) as in attention_backward.wgsl, summed over the batches that share the bias.
// A subgroup owns a tile of TM queries by KEYS keys of a head. For models with a learnt bias only;
// it walks q, k, v and dy once more.
const LANES = 8u;
const TM = 16u; // queries
const TN = 2u; // keys a lane
const KEYS = LANES * TN;
const LOADS = (TM + LANES - 1u) / LANES;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let across = (p.lk + KEYS - 1u) / KEYS;
  let q0 = group.x / across * TM;
  let k0 = group.x % across * KEYS;
  let head = group.y;
  let first = (group.z * p.heads + head) * p.lq; // of the rows of bias
  var sum: array<array<f32, TN>, TM>;
  for (var n = 0u; n < select(1u, p.batches, p.shared_bias != 0u); n++) {
    let batch = group.z + n;
    var q_at: array<u32, LOADS>;
    var terms: array<vec2<f32>, LOADS>;
    var k_at: array<u32, TN>;
    var keep: array<f32, TN>;
    // Beyond the edges the last row repeats.
    /*unroll*/ for (var g = 0u; g < LOADS; g++) {
      let row = min(q0 + g * LANES + lane, p.lq - 1u);
      q_at[g] = ((batch * p.lq + row) * p.heads + head) * p.quads;
      let at = 2u * ((batch * p.heads + head) * p.lq + row);
      terms[g] = vec2(rows[at], rows[at + 1u]);
    }
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      let row = min(k0 + j * LANES + lane, p.lk - 1u);
      k_at[j] = ((batch * p.lk + row) * p.heads + head) * p.quads;
      keep[j] = rows[2u * p.batches * p.heads * p.lq + batch * p.lk + row];
    }
    var qk = array<array<f32, TN>, TM>();
    var dp = array<array<f32, TN>, TM>();
    for (var d = 0u; d < p.quads; d++) {
      var x: array<vec4<f32>, LOADS>;
      var y: array<vec4<f32>, LOADS>;
      var s: array<vec4<f32>, TN>;
      var t: array<vec4<f32>, TN>;
      /*unroll*/ for (var g = 0u; g < LOADS; g++) { x[g] = q[q_at[g] + d]; y[g] = dy[q_at[g] + d]; }
      /*unroll*/ for (var j = 0u; j < TN; j++) { s[j] = k[k_at[j] + d]; t[j] = v[k_at[j] + d]; }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let u = subgroupBroadcast(x[i / LANES], i % LANES);
        let w = subgroupBroadcast(y[i / LANES], i % LANES);
        /*unroll*/ for (var e = 0u; e < 4u; e++) {
          /*unroll*/ for (var j = 0u; j < TN; j++) {
            qk[i][j] = fma(u[e], s[j][e], qk[i][j]);
            dp[i][j] = fma(w[e], t[j][e], dp[i][j]);
          }
        }
      }
    }
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let off = subgroupBroadcast(terms[i / LANES], i % LANES);
      let row = (first + min(q0 + i, p.lq - 1u)) * p.lk;
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        let z = qk[i][j] * p.scale + bias[row + min(k0 + j * LANES + lane, p.lk - 1u)];
        sum[i][j] += select(0.0, exp(z - off.x) * (dp[i][j] - off.y), keep[j] != 0.0);
      }
    }
  }
  /*unroll*/ for (var i = 0u; i < TM; i++) {
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      let key = k0 + j * LANES + lane;
      if (q0 + i < p.lq && key < p.lk) { dbias[(first + q0 + i) * p.lk + key] = sum[i][j]; }
    }
  }
}
