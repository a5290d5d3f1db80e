// attention_forward.wgsl without subgroups: a thread owns a query.
const QUADS = 8u; // Dh / 4
const BIASED = false;
const LOW = -1e30;

struct Params {
  lq: u32,
  lk: u32,
  heads: u32,
  quads: u32,
  scale: f32,
  masked: u32,
  bias_batch: u32, // values of bias from one batch to the next; 0 if all share it
  first: u32, // keys of this dispatch: later ones go on from o and lse
  end: u32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>; // [B, Lq, H, Dh]
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>; // [B, Lk, H, Dh]
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mask: array<f32>; // [B, Lk]: 0 drops a key
@group(0) @binding(4) var<storage, read> bias: array<f32>; // [1 or B, H, Lq, Lk]
@group(0) @binding(5) var<storage, read_write> o: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>; // [B, H, Lq]
@group(0) @binding(7) var<uniform> p: Params;

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
