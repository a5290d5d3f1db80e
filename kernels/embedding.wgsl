// y[t] = table[ids[t]] and its gradient, deterministic without atomics: the first
// token of an id adds up the rows of all its tokens, in order. Ids beyond the
// table read its last row and get no gradient.
const LANES = 64u;

@group(0) @binding(0) var<storage, read> table: array<f32>; // [rows, width]
@group(0) @binding(1) var<storage, read> ids: array<u32>; // [tokens]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [tokens, width]
@group(0) @binding(3) var<storage, read> dy: array<f32>; // [tokens, width]
@group(0) @binding(4) var<storage, read_write> dtable: array<f32>; // [rows, width], zeros

struct Params { rows: u32, width: u32 }
@group(0) @binding(5) var<uniform> p: Params;

fn token_of(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.y * groups.x + group.x;
}

@compute @workgroup_size(LANES)
fn gather(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = token_of(group, groups);
  if (t >= arrayLength(&ids)) { return; }
  let row = min(ids[t], p.rows - 1u) * p.width;
  for (var i = lane; i < p.width; i += LANES) { y[t * p.width + i] = table[row + i]; }
}

@compute @workgroup_size(LANES)
fn scatter(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = token_of(group, groups);
  let tokens = arrayLength(&ids);
  if (t >= tokens) { return; }
  let id = ids[t];
  if (id >= p.rows) { return; }
  for (var u = 0u; u < t; u++) {
    if (ids[u] == id) { return; }
  }
  for (var u = t; u < tokens; u++) {
    if (ids[u] != id) { continue; }
    for (var i = lane; i < p.width; i += LANES) {
      dtable[id * p.width + i] += dy[u * p.width + i];
    }
  }
}
