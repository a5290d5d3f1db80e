// Sums over the rows of each block of rows, column by column, in two stages
// with a fixed order: a workgroup sums one chunk of rows for SPAN LANES columns,
// then the chunks of a block are added up.
const SPAN = 4u; // Elems a lane: longer walks along a row suit a CPU's prefetcher

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

fn column(group: vec3<u32>, lane: u32, u: u32) -> u32 {
  return (group.x * SPAN + u) * LANES + lane;
}

fn store(group: vec3<u32>, column: u32, sums: u32, s: Elem) {
  if (column < p.columns) {
    partial[(sums + group.z * p.chunks + group.y) * p.columns + column] = s;
  }
}

// sum dy
@compute @workgroup_size(LANES)
fn plain(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let rows = chunk_rows(group);
  var s: array<Elem, SPAN>;
  for (var row = rows.x; row < rows.y; row++) {
    /*unroll*/ for (var u = 0u; u < SPAN; u++) {
      s[u] += dy[row * p.columns + min(column(group, lane, u), p.columns - 1u)];
    }
  }
  /*unroll*/ for (var u = 0u; u < SPAN; u++) { store(group, column(group, lane, u), 0u, s[u]); }
}

// sum dy x
@compute @workgroup_size(LANES)
fn weighted(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let rows = chunk_rows(group);
  var s: array<Elem, SPAN>;
  for (var row = rows.x; row < rows.y; row++) {
    /*unroll*/ for (var u = 0u; u < SPAN; u++) {
      let i = row * p.columns + min(column(group, lane, u), p.columns - 1u);
      s[u] += dy[i] * x[i];
    }
  }
  /*unroll*/ for (var u = 0u; u < SPAN; u++) { store(group, column(group, lane, u), 0u, s[u]); }
}

// sum dy and sum dy n, n = (x - mean) rstd
@compute @workgroup_size(LANES)
fn normalized(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let rows = chunk_rows(group);
  var s: array<Elem, SPAN>;
  var t: array<Elem, SPAN>;
  for (var row = rows.x; row < rows.y; row++) {
    let mean = stats[row].x;
    let rstd = stats[row].y;
    /*unroll*/ for (var u = 0u; u < SPAN; u++) {
      let i = row * p.columns + min(column(group, lane, u), p.columns - 1u);
      let g = dy[i];
      s[u] += g;
      t[u] += g * ((x[i] - mean) * rstd);
    }
  }
  /*unroll*/ for (var u = 0u; u < SPAN; u++) {
    store(group, column(group, lane, u), 0u, s[u]);
    store(group, column(group, lane, u), groups.z * p.chunks, t[u]);
  }
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
