// Sums over the rows of each block of rows, column by column, in two stages
// with a fixed order: a workgroup sums one chunk of rows for LANES columns,
// then the chunks of a block are added up.
struct Params {
  rows: u32, // of one block
  columns: u32, // in Elems
  chunk: u32, // rows of one partial sum
  chunks: u32, // partial sums of a block
}
@group(0) @binding(0) var<storage, read> dy: array<Elem>;
@group(0) @binding(1) var<storage, read> x: array<Elem>;
@group(0) @binding(2) var<storage, read> stats: array<vec2<f32>>; // mean, rstd of each row
@group(0) @binding(3) var<storage, read_write> partial: array<Elem>; // [sums, block, chunk, column]
@group(0) @binding(4) var<storage, read> partials: array<Elem>;
@group(0) @binding(5) var<storage, read_write> sum: array<Elem>; // [block, column]
@group(0) @binding(6) var<storage, read_write> product: array<Elem>;
@group(0) @binding(7) var<uniform> p: Params;

// Groups: x over columns, y over chunks, z over blocks.
fn chunk_rows(group: vec3<u32>) -> vec2<u32> {
  let first = group.y * p.chunk;
  return group.z * p.rows + vec2(first, min(first + p.chunk, p.rows));
}

fn slot(group: vec3<u32>, column: u32) -> u32 {
  return (group.z * p.chunks + group.y) * p.columns + column;
}

// sum dy
@compute @workgroup_size(LANES)
fn plain(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * LANES + lane;
  if (column >= p.columns) { return; }
  let rows = chunk_rows(group);
  var s = Elem(0.0);
  for (var row = rows.x; row < rows.y; row++) { s += dy[row * p.columns + column]; }
  partial[slot(group, column)] = s;
}

// sum dy x
@compute @workgroup_size(LANES)
fn weighted(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * LANES + lane;
  if (column >= p.columns) { return; }
  let rows = chunk_rows(group);
  var s = Elem(0.0);
  for (var row = rows.x; row < rows.y; row++) {
    let i = row * p.columns + column;
    s += dy[i] * x[i];
  }
  partial[slot(group, column)] = s;
}

// sum dy and sum dy n, n = (x - mean) rstd
@compute @workgroup_size(LANES)
fn normalized(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = group.x * LANES + lane;
  if (column >= p.columns) { return; }
  let rows = chunk_rows(group);
  var s = Elem(0.0);
  var t = Elem(0.0);
  for (var row = rows.x; row < rows.y; row++) {
    let i = row * p.columns + column;
    let g = dy[i];
    s += g;
    t += g * ((x[i] - stats[row].x) * stats[row].y);
  }
  partial[slot(group, column)] = s;
  partial[slot(group, column) + groups.z * p.chunks * p.columns] = t;
}

fn collected(block: u32, column: u32) -> Elem {
  var s = Elem(0.0);
  for (var chunk = 0u; chunk < p.chunks; chunk++) {
    s += partials[(block * p.chunks + chunk) * p.columns + column];
  }
  return s;
}

@compute @workgroup_size(LANES)
fn finish(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * LANES + lane;
  if (column >= p.columns) { return; }
  sum[group.z * p.columns + column] = collected(group.z, column);
}

@compute @workgroup_size(LANES)
fn finish_both(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = group.x * LANES + lane;
  if (column >= p.columns) { return; }
  let i = group.z * p.columns + column;
  sum[i] = collected(group.z, column);
  product[i] = collected(groups.z + group.z, column);
}
