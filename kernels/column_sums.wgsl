// y[o, s, c] = the sum of x[o, r, c] over the s-th chunk of rows; columns are vec4s.
// A group takes 64 of them, so that it reads 1 KiB of a row before it goes to the next.
const LANES = 8u;
const RUNS = 64u / LANES;

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
  let column = group.x * 64u + lane;
  let first = group.y * p.chunk;
  let end = min(first + p.chunk, p.rows);
  var sum: array<vec4<f32>, RUNS>;
  for (var r = first; r < end; r++) {
    let row = (group.z * p.rows + r) * p.columns;
    /*unroll*/ for (var u = 0u; u < RUNS; u++) {
      sum[u] += x[row + min(column + u * LANES, p.columns - 1u)];
    }
  }
  let row = (group.z * groups.y + group.y) * p.columns;
  /*unroll*/ for (var u = 0u; u < RUNS; u++) {
    if (column + u * LANES < p.columns) { y[row + column + u * LANES] = sum[u]; }
  }
}
