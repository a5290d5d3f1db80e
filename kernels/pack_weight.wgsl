// Weights as codes of `bits` bits: code i of a row in bits i bits .. of the
// row's words, little-endian across words, zeros behind the last code.
struct Params {
  rows: u32,
  columns: u32, // codes of a row
  words: u32, // of a row
  bits: u32,
  per_scale: u32, // codes of a row that share a scale
  biased: u32,
}
@group(0) @binding(0) var<storage, read> codes: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<u32>;
@group(0) @binding(2) var<storage, read> words: array<u32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> zero: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> outputs: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;
@group(0) @binding(8) var<uniform> p: Params;

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

// A thread a row. With q and z less half of what a code can hold, a row has a
// vec4 for each of its scales: s, z, and in the first one also sum q, or sum s q
// where there are several scales, and the bias.
@compute @workgroup_size(64)
fn describe(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = item(group, groups, lane);
  if (row >= p.rows) { return; }
  let scales = (p.columns + p.per_scale - 1u) / p.per_scale;
  let half = 1u << (p.bits - 1u);
  let mask = 2u * half - 1u;
  var sum = 0.0;
  var word = 0u;
  var c = 0u;
  for (var g = 0u; g < scales; g++) {
    let at = row * scales + g;
    var codes_sum = 0i;
    for (; c < min((g + 1u) * p.per_scale, p.columns); c++) {
      let shift = c * p.bits % 32u;
      let place = row * p.words + c * p.bits / 32u;
      if (shift == 0u) { word = words[place]; }
      var v = word >> shift;
      if (shift + p.bits > 32u) {
        word = words[place + 1u];
        v |= word << (32u - shift);
      }
      codes_sum += i32(v & mask) - i32(half);
    }
    sum += select(scale[at], 1.0, scales == 1u) * f32(codes_sum);
    outputs[at] = vec4(scale[at], zero[at] - f32(half), 0.0, 0.0);
  }
  var b = 0.0;
  if (p.biased != 0u) { b = bias[row]; }
  let first = outputs[row * scales];
  outputs[row * scales] = vec4(first.xy, sum, b);
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
  let row = i / p.columns;
  let column = i % p.columns;
  let at = row * ((p.columns + p.per_scale - 1u) / p.per_scale) + column / p.per_scale;
  y[i] = scale[at] * (f32(code(row, column)) - zero[at]);
}
