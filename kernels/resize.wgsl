// The last two axes cut or padded with zeros: x [batches, R, C] to y [batches, rows, columns].
// For sizes that are no multiple of 4; the hot kernels only know vec4.
const HALF = false; // x holds two halves a word; y is f32

struct Params {
  from_rows: u32,
  from_columns: u32,
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn value(i: u32) -> f32 {
  if (HALF) { return unpack2x16float(x[i / 2u] >> (16u * (i % 2u))).x; }
  return bitcast<f32>(x[i]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * 256u + lane;
  for (var u = 0u; u < 256u; u += 64u) {
    let i = first + u;
    if (i >= arrayLength(&y)) { return; }
    let c = i % p.columns;
    let r = i / p.columns % p.rows;
    let batch = i / p.columns / p.rows;
    var v = 0.0;
    if (r < p.from_rows && c < p.from_columns) {
      v = value((batch * p.from_rows + r) * p.from_columns + c);
    }
    y[i] = v;
  }
}
