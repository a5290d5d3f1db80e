// Moves gradients to their place among others; nothing where there is none.
const BLOCK = 1024u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn copy(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * BLOCK;
  let end = min(first + BLOCK, arrayLength(&y));
  for (var i = first + lane; i < end; i += 64u) { y[i] = x[i]; }
}

@compute @workgroup_size(64)
fn zero(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * BLOCK;
  let end = min(first + BLOCK, arrayLength(&y));
  for (var i = first + lane; i < end; i += 64u) { y[i] = 0.0; }
}
