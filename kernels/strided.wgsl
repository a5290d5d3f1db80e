// y[y_start + c . t] = x[x_start + c . s] for every coordinate c of an index
// space: slices, permutations, stretched axes and, written with strides,
// concatenations and paddings. Words are copied whatever they mean. Axes are
// counted from the innermost; the vector form has stride 1 along axis 0 and
// every length and stride in vectors of four.
struct Params {
  count: u32,
  x_start: u32,
  y_start: u32,
  n_low: vec4<u32>,
  n_high: vec4<u32>,
  s_low: vec4<u32>,
  s_high: vec4<u32>,
  t_low: vec4<u32>,
  t_high: vec4<u32>,
}

@group(0) @binding(0) var<storage, read> x4: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y4: array<vec4<u32>>;
@group(0) @binding(0) var<storage, read> x1: array<u32>;
@group(0) @binding(1) var<storage, read_write> y1: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn copy4(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, p.count);
  for (var i = start; i < end; i += LANES) {
    let at = place(i, vec2(p.x_start, p.y_start));
    y4[at.y] = x4[at.x];
  }
}

@compute @workgroup_size(LANES)
fn copy1(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, p.count);
  for (var i = start; i < end; i += LANES) {
    let at = place(i, vec2(p.x_start, p.y_start));
    y1[at.y] = x1[at.x];
  }
}
