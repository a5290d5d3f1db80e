// The gradients of attention_forward.wgsl, from weights computed again. With
//   P = exp(scale q k^T + bias - lse), dP = do v^T, dS = P (dP - delta) scale
// they are dq = dS k, dk = dS^T q, dv = P^T do. The first and the other two are the same walk:
// a subgroup owns TM rows of one side and goes along the other, WALKED at a time.
//   own:  a = q, b = do    walked:  c = k, d = v     out = dq
//   own:  a = k, b = v     walked:  c = q, d = do    out = dk, out2 = dv   (OWN_KEYS)
const LANES = 8u;
const TM = 16u; // own rows
const TN = 2u; // walked rows a lane
const DV = 1u; // vec4s of a head a lane: Dh <= 4 LANES DV
const OWN_KEYS = false;
const BIASED = false;
const WALKED = LANES * TN;
const LOADS = (TM + LANES - 1u) / LANES;

// What to subtract from the score and from dP: lse and delta of a query; of a key nothing, or
// enough to make its weight 0, which is also how rows beyond the edges vanish.
fn terms(row: u32, keys: bool, group: vec3<u32>, batches: u32) -> vec2<f32> {
  let lq = select(p.own, p.walked, OWN_KEYS);
  let lk = select(p.walked, p.own, OWN_KEYS);
  let none = vec2(1e30, 0.0);
  if (keys) {
    let keep = rows[2u * batches * p.heads * lq + group.z * lk + min(row, lk - 1u)];
    return select(none, vec2<f32>(), row < lk && keep != 0.0);
  }
  let at = 2u * ((group.z * p.heads + group.y) * lq + min(row, lq - 1u));
  return select(none, vec2(rows[at], rows[at + 1u]), row < lq);
}

fn bias_of(mine: u32, other: u32, group: vec3<u32>) -> f32 {
  if (!BIASED) { return 0.0; }
  let lq = select(p.own, p.walked, OWN_KEYS);
  let lk = select(p.walked, p.own, OWN_KEYS);
  let query = min(select(mine, other, OWN_KEYS), lq - 1u);
  let key = min(select(other, mine, OWN_KEYS), lk - 1u);
  return bias[group.z * p.bias_batch + (group.y * lq + query) * lk + key];
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let own0 = group.x * TM;
  let head = group.y * p.quads;
  let stride = p.heads * p.quads;
  var own_at: array<u32, LOADS>;
  var own_terms: array<vec2<f32>, LOADS>;
  var column: array<u32, DV>;
  // Beyond the edges the last row or column repeats.
  /*unroll*/ for (var g = 0u; g < LOADS; g++) {
    own_at[g] = (group.z * p.own + min(own0 + g * LANES + lane, p.own - 1u)) * stride + head;
    own_terms[g] = terms(own0 + g * LANES + lane, OWN_KEYS, group, groups.z);
  }
  /*unroll*/ for (var v = 0u; v < DV; v++) {
    column[v] = head + min(v * LANES + lane, p.quads - 1u);
  }
  var acc: array<array<vec4<f32>, DV>, TM>;
  var acc2: array<array<vec4<f32>, DV>, TM>;

  if (p.first > 0u) {
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let row = (group.z * p.own + min(own0 + i, p.own - 1u)) * stride;
      /*unroll*/ for (var v = 0u; v < DV; v++) {
        acc[i][v] = out[row + column[v]];
        if (OWN_KEYS) { acc2[i][v] = out2[row + column[v]]; }
      }
    }
  }

  for (var walk0 = p.first; walk0 < p.end; walk0 += WALKED) {
    var walk_at: array<u32, TN>;
    var walk_terms: array<vec2<f32>, TN>;
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      walk_at[j] = (group.z * p.walked + min(walk0 + j * LANES + lane, p.walked - 1u)) * stride + head;
      walk_terms[j] = terms(walk0 + j * LANES + lane, !OWN_KEYS, group, groups.z);
    }
    var qk = array<array<f32, TN>, TM>();
    var dp = array<array<f32, TN>, TM>();
    for (var k = 0u; k < p.quads; k++) {
      var x: array<vec4<f32>, LOADS>;
      var y: array<vec4<f32>, LOADS>;
      var s: array<vec4<f32>, TN>;
      var t: array<vec4<f32>, TN>;
      /*unroll*/ for (var g = 0u; g < LOADS; g++) { x[g] = a[own_at[g] + k]; y[g] = b[own_at[g] + k]; }
      /*unroll*/ for (var j = 0u; j < TN; j++) { s[j] = c[walk_at[j] + k]; t[j] = d[walk_at[j] + k]; }
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
      let mine = subgroupBroadcast(own_terms[i / LANES], i % LANES);
      /*unroll*/ for (var j = 0u; j < TN; j++) {
        let off = mine + walk_terms[j];
        let z = qk[i][j] * p.scale + bias_of(own0 + i, walk0 + j * LANES + lane, group);
        qk[i][j] = exp(z - off.x); // from here on P
        dp[i][j] = qk[i][j] * (dp[i][j] - off.y) * p.scale; // from here on dS
      }
    }
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      /*unroll*/ for (var n = 0u; n < LANES; n++) {
        let row = (group.z * p.walked + min(walk0 + j * LANES + n, p.walked - 1u)) * stride;
        /*unroll*/ for (var v = 0u; v < DV; v++) {
          let s = c[row + column[v]];
          /*unroll*/ for (var i = 0u; i < TM; i++) {
            acc[i][v] = fma(vec4(subgroupBroadcast(dp[i][j], n)), s, acc[i][v]);
          }
          if (OWN_KEYS) {
            let t = d[row + column[v]];
            /*unroll*/ for (var i = 0u; i < TM; i++) {
              acc2[i][v] = fma(vec4(subgroupBroadcast(qk[i][j], n)), t, acc2[i][v]);
            }
          }
        }
      }
    }
  }

  /*unroll*/ for (var i = 0u; i < TM; i++) {
    /*unroll*/ for (var v = 0u; v < DV; v++) {
      if (own0 + i < p.own && v * LANES + lane < p.quads) {
        let to = (group.z * p.own + own0 + i) * stride + column[v];
        out[to] = acc[i][v];
        if (OWN_KEYS) { out2[to] = acc2[i][v]; }
      }
    }
  }
}
