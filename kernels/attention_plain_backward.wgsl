// attention_backward.wgsl without subgroups: a thread owns a row.
const QUADS = 8u; // Dh / 4
const OWN_KEYS = false;
const BIASED = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let mine = group.x * 64u + lane;
  if (mine >= p.own) { return; }
  let own_at = ((group.z * p.own + mine) * p.heads + group.y) * QUADS;
  var x: array<vec4<f32>, QUADS>;
  var y: array<vec4<f32>, QUADS>;
  var acc: array<vec4<f32>, QUADS>;
  var acc2: array<vec4<f32>, QUADS>;
  /*unroll*/ for (var e = 0u; e < QUADS; e++) { x[e] = a[own_at + e]; y[e] = b[own_at + e]; }
  let lq = select(p.own, p.walked, OWN_KEYS);
  let lk = select(p.walked, p.own, OWN_KEYS);
  if (p.first > 0u) {
    /*unroll*/ for (var e = 0u; e < QUADS; e++) {
      acc[e] = out[own_at + e];
      if (OWN_KEYS) { acc2[e] = out2[own_at + e]; }
    }
  }
  for (var other = p.first; other < p.end; other++) {
    let query = select(mine, other, OWN_KEYS);
    let key = select(other, mine, OWN_KEYS);
    if (rows[2u * groups.z * p.heads * lq + group.z * lk + key] == 0.0) { continue; }
    let at = ((group.z * p.walked + other) * p.heads + group.y) * QUADS;
    var qk = 0.0;
    var dp = 0.0;
    /*unroll*/ for (var e = 0u; e < QUADS; e++) {
      qk += dot(x[e], c[at + e]);
      dp += dot(y[e], d[at + e]);
    }
    let row = 2u * ((group.z * p.heads + group.y) * lq + query);
    var z = qk * p.scale;
    if (BIASED) { z += bias[group.z * p.bias_batch + (group.y * lq + query) * lk + key]; }
    let weight = exp(z - rows[row]);
    let ds = weight * (dp - rows[row + 1u]) * p.scale;
    /*unroll*/ for (var e = 0u; e < QUADS; e++) {
      acc[e] += ds * c[at + e];
      if (OWN_KEYS) { acc2[e] += weight * d[at + e]; }
    }
  }
  /*unroll*/ for (var e = 0u; e < QUADS; e++) {
    out[own_at + e] = acc[e];
    if (OWN_KEYS) { out2[own_at + e] = acc2[e]; }
  }
}
