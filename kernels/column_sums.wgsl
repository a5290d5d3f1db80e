// y[o, s, c] = the sum of x[o, r, c] over the s-th chunk of rows; columns are vec4s.
const LANES = 8u;

struct Params {
  rows: u32,
  columns: u32, // in vec4s
  chunk: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = group.x * LANES + lane;
  if (c >= p.columns) { return; }
  let first = group.y * p.chunk;
  let end = min(first + p.chunk, p.rows);
  let start = group.z * p.rows * p.columns + c;
  var sum = array<vec4<f32>, 4>();
  var r = first;
  for (; r + 4u <= end; r += 4u) {
    /*unroll*/ for (var u = 0u; u < 4u; u++) { sum[u] += x[start + (r + u) * p.columns]; }
  }
  for (; r < end; r++) { sum[0] += x[start + r * p.columns]; }
  y[(group.z * groups.y + group.y) * p.columns + c] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
