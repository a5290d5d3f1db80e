// Ends the one-sided Jacobi method. The rows of a matrix hold s_j times a unit
// vector, then row j of the rotation: entry points find s, then write the
// vectors and rotations in descending order of s, as factors that may take a
// power of s. The largest number of a rotation row is made positive, or of a
// vector, so that factors are the same every time.
const NOISE = 1e-15; // shorter vectors are rounding noise and count as zero

struct Params {
  rows: u32, // of all matrices
  columns: u32, // numbers of a row
  walk: u32, // rows a workgroup
  count: u32, // rows of a matrix
  length: u32, // numbers of a vector
  body: u32, // where the rotation begins
  keep: u32, // factors that are written
  flip_by: u32, // 0: the vector decides on the sign, 1: the rotation
  vectors: vec4<i32>, // number i of factor j: y[b x + j y + i z], times s^(w / 2)
  rotations: vec4<i32>, // the same
}
@group(0) @binding(0) var<storage, read> rows: array<f32>;
@group(0) @binding(1) var<storage, read> units: array<f32>;
@group(0) @binding(2) var<storage, read_write> found: array<f32>; // s of each row, in units
@group(0) @binding(3) var<storage, read> norms: array<f32>; // the same
@group(0) @binding(4) var<storage, read_write> vectors: array<f32>;
@group(0) @binding(5) var<storage, read_write> rotations: array<f32>;
@group(0) @binding(6) var<storage, read_write> s: array<f32>;
@group(0) @binding(7) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn measure(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    var squares = 0.0;
    for (var i = lane; i < p.length; i += LANES) {
      let v = rows[row * p.columns + i];
      squares += v * v;
    }
    let sum = row_sum(squares, lane);
    if (lane == 0u) { found[row] = sqrt(sum); }
  }
}

fn power(value: f32, halves: i32) -> f32 {
  switch halves {
    case -1 { return 1.0 / sqrt(value); }
    case 1 { return sqrt(value); }
    case 2 { return value; }
    default { return 1.0; }
  }
}

@compute @workgroup_size(LANES)
fn write(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let matrix = row / p.count;
    let at = row * p.columns;
    let norm = norms[row];
    let value = select(norm * units[matrix], 0.0, norm < NOISE);
    var above = 0u;
    for (var other = lane; other < p.count; other += LANES) {
      let rival = matrix * p.count + other;
      above += u32(norms[rival] > norm || (norms[rival] == norm && rival < row));
    }
    let j = row_count(above, lane);
    let start = at + select(0u, p.body, p.flip_by == 1u);
    let size = select(p.length, p.count, p.flip_by == 1u);
    var peak = 0.0;
    for (var i = lane; i < size; i += LANES) { peak = max(peak, abs(rows[start + i])); }
    let most = row_max(peak, lane);
    var place = f32(size);
    for (var i = lane; i < size; i += LANES) {
      if (abs(rows[start + i]) == most) { place = min(place, f32(i)); }
    }
    let flip = select(1.0, -1.0, rows[start + min(u32(row_min(place, lane)), size - 1u)] < 0.0);
    if (j < p.keep) {
      let along = select(flip / norm * power(value, p.vectors.w), 0.0, norm < NOISE);
      let y = i32(matrix) * p.vectors.x + i32(j) * p.vectors.y;
      for (var i = lane; i < p.length; i += LANES) {
        vectors[y + i32(i) * p.vectors.z] = along * rows[at + i];
      }
      let across = flip * power(value, p.rotations.w);
      let r = i32(matrix) * p.rotations.x + i32(j) * p.rotations.y;
      for (var i = p.body + lane; i < min(p.body + p.count, p.columns); i += LANES) {
        rotations[r + i32(i - p.body) * p.rotations.z] = across * rows[at + i];
      }
      if (lane == 0u) { s[matrix * p.keep + j] = value; }
    }
  }
}
