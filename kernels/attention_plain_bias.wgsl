// attention_bias.wgsl without subgroups: a thread for each value.
// Groups: x over the values of a head, y over heads, z over biases.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let across = (p.lk + 63u) / 64u;
  let query = group.x / across;
  let key = group.x % across * 64u + lane;
  if (key >= p.lk) { return; }
  let head = group.y;
  let i = ((group.z * p.heads + head) * p.lq + query) * p.lk + key;
  var sum = 0.0;
  for (var n = 0u; n < select(1u, p.batches, p.shared_bias != 0u); n++) {
    let batch = group.z + n;
    if (rows[2u * p.batches * p.heads * p.lq + batch * p.lk + key] == 0.0) { continue; }
    let at_q = ((batch * p.lq + query) * p.heads + head) * p.quads;
    let at_k = ((batch * p.lk + key) * p.heads + head) * p.quads;
    var qk = 0.0;
    var dp = 0.0;
    for (var d = 0u; d < p.quads; d++) {
      qk += dot(q[at_q + d], k[at_k + d]);
      dp += dot(dy[at_q + d], v[at_k + d]);
    }
    let row = 2u * ((batch * p.heads + head) * p.lq + query);
    sum += exp(qk * p.scale + bias[i] - rows[row]) * (dp - rows[row + 1u]);
  }
  dbias[i] = sum;
}
