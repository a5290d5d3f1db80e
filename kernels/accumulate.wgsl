// c = a + b, same shape: how gradients of a tensor that is used twice add up.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * 256u + lane;
  for (var u = 0u; u < 4u; u++) {
    let i = first + 64u * u;
    if (i < arrayLength(&c)) { c[i] = a[i] + b[i]; }
  }
}
