// attention_forward.wgsl without subgroups: a thread owns a query.
const QUADS = 8u; // Dh / 4
const BIASED = false;
const LOW = -1e30;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let query = group.x * 64u + lane;
  if (query >= p.lq) { return; }
  let own = ((group.z * p.lq + query) * p.heads + group.y) * QUADS;
  var x: array<vec4<f32>, QUADS>;
  var acc: array<vec4<f32>, QUADS>;
  /*unroll*/ for (var d = 0u; d < QUADS; d++) { x[d] = q[own + d] * p.scale; }
  let row = (group.z * p.heads + group.y) * p.lq + query;
  var top = LOW;
  var sum = 0.0;
  if (p.first > 0u) {
    top = lse[row];
    sum = select(0.0, 1.0, top > LOW);
    /*unroll*/ for (var d = 0u; d < QUADS; d++) { acc[d] = o[own + d]; }
  }
  for (var key = p.first; key < p.end; key++) {
    if (p.masked != 0u && mask[group.z * p.lk + key] == 0.0) { continue; }
    let at = ((group.z * p.lk + key) * p.heads + group.y) * QUADS;
    var z = 0.0;
    if (BIASED) { z = bias[group.z * p.bias_batch + (group.y * p.lq + query) * p.lk + key]; }
    /*unroll*/ for (var d = 0u; d < QUADS; d++) { z += dot(x[d], k[at + d]); }
    let next = max(top, z);
    let shrink = exp(top - next);
    let weight = exp(z - next);
    top = next;
    sum = sum * shrink + weight;
    /*unroll*/ for (var d = 0u; d < QUADS; d++) { acc[d] = acc[d] * shrink + weight * v[at + d]; }
  }
  // A row without any key gives zeros, forward and backward.
  let share = select(0.0, 1.0 / sum, sum > 0.0);
  /*unroll*/ for (var d = 0u; d < QUADS; d++) { o[own + d] = acc[d] * share; }
  lse[row] = select(select(LOW, 0.0, p.end == p.lk), top + log(sum), sum > 0.0);
}
