// y = factor * (sum, maximum or minimum of x along one axis), in fixed order.
// x is [outer, length, inner]. The axis is cut into parts of `chunk` elements,
// y is [outer, parts, inner], and a further pass takes the parts together.
const OP = 0u; // 0 sum, 1 maximum, 2 minimum
const LANES = 64u; // a power of two

struct Params {
  outputs: u32, // elements of y, or vectors of four
  length: u32,
  inner: u32,
  chunk: u32,
  parts: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y4: array<vec4<f32>>;
@group(0) @binding(0) var<storage, read> x1: array<f32>;
@group(0) @binding(1) var<storage, read_write> y1: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> lanes: array<vec4<f32>, LANES>;

fn joined(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  switch (OP) {
    case 0u { return a + b; }
    case 1u { return max(a, b); }
    default { return min(a, b); }
  }
}

fn group_index(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.y * groups.x + group.x;
}

// inner = 1 and long rows: the lanes of a group share one part of a row. The
// length and the chunk count vectors of four.
@compute @workgroup_size(LANES)
fn rows4(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let output = group_index(group, groups);
  if (output >= p.outputs) { return; }
  let row = output / p.parts * p.length;
  let start = output % p.parts * p.chunk;
  let end = min(start + p.chunk, p.length);
  var all = vec4(0.0);
  if (OP != 0u) { all = x4[row + start]; } // counted twice, which changes no maximum
  for (var i = start + lane; i < end; i += LANES) { all = joined(all, x4[row + i]); }
  lanes[lane] = all;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { lanes[lane] = joined(lanes[lane], lanes[lane + half]); }
  }
  if (lane == 0u) {
    let v = lanes[0];
    let pairs = joined(v, v.zwxy);
    y1[output] = p.factor * joined(pairs, pairs.yxwz).x;
  }
}

// Any inner: a lane walks one column of a part, four neighbouring ones at a time.
@compute @workgroup_size(LANES)
fn columns4(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let output = group_index(group, groups) * LANES + lane;
  if (output >= p.outputs) { return; }
  let part = output / p.inner;
  let start = part % p.parts * p.chunk;
  let end = min(start + p.chunk, p.length);
  let top = part / p.parts * p.length * p.inner + output % p.inner;
  var all = vec4(0.0);
  if (OP != 0u) { all = x4[top + start * p.inner]; }
  for (var i = start; i < end; i++) { all = joined(all, x4[top + i * p.inner]); }
  y4[output] = p.factor * all;
}

@compute @workgroup_size(LANES)
fn columns1(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let output = group_index(group, groups) * LANES + lane;
  if (output >= p.outputs) { return; }
  let part = output / p.inner;
  let start = part % p.parts * p.chunk;
  let end = min(start + p.chunk, p.length);
  let top = part / p.parts * p.length * p.inner + output % p.inner;
  var all = vec4(0.0);
  if (OP != 0u) { all = vec4(x1[top + start * p.inner]); }
  for (var i = start; i < end; i++) { all = joined(all, vec4(x1[top + i * p.inner])); }
  y1[output] = p.factor * all.x;
}
