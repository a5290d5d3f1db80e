// Starts the one-sided Jacobi method: brings `count` vectors of `length`
// numbers of each matrix into rows, each followed by its row of the rotation so
// far, the unit matrix, where that is wanted; both are padded with zeros to
// whole Elems. A power of two brings the largest number to [1, 2), so that
// squares stay in range.
struct Params {
  rows: u32, // of all matrices
  columns: u32, // numbers of a row
  walk: u32, // rows a workgroup
  count: u32, // rows of a matrix
  length: u32,
  body: u32, // padded length
  matrix: u32, // number i of vector j of matrix b is x[b matrix + j vector + i step]
  vector: u32,
  step: u32,
  sweeps: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> found: array<f32>; // largest number of a row
@group(0) @binding(2) var<storage, read> peaks: array<f32>; // the same
@group(0) @binding(3) var<storage, read_write> rows: array<f32>;
@group(0) @binding(4) var<storage, read_write> units: array<f32>; // of each matrix
@group(0) @binding(5) var<storage, read_write> pending: array<u32>; // of each sweep: is it needed?
@group(0) @binding(6) var<uniform> p: Params;

fn source(row: u32) -> u32 {
  return row / p.count * p.matrix + row % p.count * p.vector;
}

@compute @workgroup_size(LANES)
fn peak(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    var most = 0.0;
    for (var i = lane; i < p.length; i += LANES) {
      most = max(most, abs(x[source(row) + i * p.step]));
    }
    let all = row_max(most, lane);
    if (lane == 0u) { found[row] = all; }
  }
}

@compute @workgroup_size(LANES)
fn load(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let matrix = row / p.count;
    var most = 0.0;
    for (var j = lane; j < p.count; j += LANES) { most = max(most, peaks[matrix * p.count + j]); }
    let exponent = clamp(bitcast<u32>(row_max(most, lane)) >> 23u, 1u, 253u);
    let scale = bitcast<f32>((254u - exponent) << 23u);
    let at = row * p.columns;
    for (var i = lane; i < p.body; i += LANES) {
      rows[at + i] = 0.0;
      if (i < p.length) { rows[at + i] = x[source(row) + i * p.step] * scale; }
    }
    for (var i = p.body + lane; i < p.columns; i += LANES) {
      rows[at + i] = select(0.0, 1.0, i == p.body + row % p.count);
    }
    if (row % p.count == 0u) {
      for (var i = lane; i <= p.sweeps; i += LANES) {
        pending[matrix * (p.sweeps + 1u) + i] = select(0u, 1u, i == 0u);
      }
      if (lane == 0u) { units[matrix] = bitcast<f32>(exponent << 23u); }
    }
  }
}
