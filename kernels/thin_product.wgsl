// The upper left part of y = a b, for products so thin that tiles would not
// pay; the rows of each matrix may be longer than the part that is used.
struct Params {
  rows: u32,
  columns: u32,
  inner: u32,
  a_row: u32, // numbers of a row of a
  b_row: u32,
  y_row: u32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (group.y * groups.x + group.x) * 64u + lane;
  if (at >= p.rows * p.columns) { return; }
  let i = at / p.columns;
  let j = at % p.columns;
  var sum = 0.0;
  for (var t = 0u; t < p.inner; t++) {
    sum += a[i * p.a_row + t] * b[t * p.b_row + j];
  }
  y[i * p.y_row + j] = sum;
}
