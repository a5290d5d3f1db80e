// Weights as codes of `bits` bits: code i of a row in bits i bits .. of the
// row's words, little-endian across words, zeros behind the last code.
struct Params {
  rows: u32,
  columns: u32, // codes of a row
  words: u32, // of a row
  bits: u32,
  per_scale: u32, // codes that share a scale
}
@group(0) @binding(0) var<storage, read> codes: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<u32>;
@group(0) @binding(2) var<storage, read> words: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read> scale: array<f32>;
@group(0) @binding(5) var<storage, read> zero: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<uniform> p: Params;

fn item(group: vec3<u32>, groups: vec3<u32>, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

fn code(row: u32, i: u32) -> u32 {
  let bit = i * p.bits;
  let at = row * p.words + bit / 32u;
  let shift = bit % 32u;
  var v = words[at] >> shift;
  if (shift + p.bits > 32u) { v |= words[at + 1u] << (32u - shift); }
  return v & ((1u << p.bits) - 1u);
}

// A thread a word.
@compute @workgroup_size(64)
fn pack(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = item(group, groups, lane);
  if (i >= p.rows * p.words) { return; }
  let row = i / p.words;
  let first = i % p.words * 32u; // bit of the row
  var word = 0u;
  for (var c = first / p.bits; c < p.columns && c * p.bits < first + 32u; c++) {
    let q = u32(codes[row * p.columns + c]);
    let bit = c * p.bits;
    if (bit >= first) { word |= q << (bit - first); } else { word |= q >> (first - bit); }
  }
  packed[i] = word;
}

// A thread a row: sums = the sum of its codes.
@compute @workgroup_size(64)
fn sum(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = item(group, groups, lane);
  if (row >= p.rows) { return; }
  var s = 0u;
  for (var c = 0u; c < p.columns; c++) { s += code(row, c); }
  sums[row] = f32(s);
}

// A thread a weight: y = s (q - z).
@compute @workgroup_size(64)
fn unpack(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = item(group, groups, lane);
  if (i >= p.rows * p.columns) { return; }
  let q = f32(code(i / p.columns, i % p.columns));
  y[i] = scale[i / p.per_scale] * (q - zero[i / p.per_scale]);
}
