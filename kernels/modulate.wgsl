// Adaptive modulation: one vector for every `span` rows scales, shifts or gates.
const SHIFT = true;

struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  span: u32, // rows that share one vector
  one: f32, // what is added to the gain
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read> gain: array<Elem>;
@group(0) @binding(2) var<storage, read> shift: array<Elem>;
@group(0) @binding(3) var<storage, read_write> y: array<Elem>;
@group(0) @binding(4) var<storage, read> residual: array<Elem>;
@group(0) @binding(5) var<uniform> p: Params;

// y = x (one + gain) + shift; the pullback is the same without the shift.
@compute @workgroup_size(LANES)
fn modulate(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let vector = row / p.span * p.columns;
    for (var c = lane; c < p.columns; c += LANES) {
      var v = x[at + c] * (p.one + gain[vector + c]);
      if (SHIFT) { v += shift[vector + c]; }
      y[at + c] = v;
    }
  }
}

// y = residual + x gain
@compute @workgroup_size(LANES)
fn gated(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let vector = row / p.span * p.columns;
    for (var c = lane; c < p.columns; c += LANES) {
      y[at + c] = residual[at + c] + x[at + c] * (p.one + gain[vector + c]);
    }
  }
}
