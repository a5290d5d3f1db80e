// From the products of a token's codes and four weight rows' to their outputs.
// All codes are signed: those of the grid less half of what they can hold, so
//   y = s_n a_t (sum qx qw - zx sum qw - z_n sum (qx - zx)) + b_n.
// All sums are whole numbers, and z_n is split in a whole part and the rest, so
// that nothing is lost to the zero points before the last subtraction.
// To be appended to a product over codes.
struct Params {
  m: u32, // tokens
  first: u32, // row of x at which they begin
  n: u32, // outputs
  blocks: u32, // of 32 codes a row
  words: u32, // of a row of w
  span: u32, // blocks of a scale group
  flush: u32, // blocks whose sums a number holds
  activation: u32, // of activation.wgsl
  gated: u32, // tokens that share a row of gate, 0 without
  residual: u32, // 1 with
}
@group(0) @binding(2) var<storage, read> token: array<vec4<f32>>; // a, zx, sum (qx - zx)
@group(0) @binding(3) var<storage, read> token_sums: array<f32>; // sum (qx - zx) of each group
@group(0) @binding(4) var<storage, read> outputs: array<vec4<f32>>; // s, z, sum qw or sum s qw, b
@group(0) @binding(5) var<storage, read> gate: array<vec4<f32>>; // [m / gated, n]
@group(0) @binding(6) var<storage, read> residual: array<vec4<f32>>; // as y
@group(0) @binding(7) var<storage, read_write> y: array<vec2<u32>>; // [m, n up to a multiple of 4]
@group(0) @binding(8) var<uniform> p: Params;

const GROUPED = false; // a scale for each group of blocks, else one for the row
const HALF = false; // y in f16

// What is known of four neighbouring outputs.
struct Outputs {
  scale: vec4<f32>,
  zero: vec4<f32>,
  sum: vec4<f32>,
  bias: vec4<f32>,
}

fn spans_of_row() -> u32 { return (p.blocks + p.span - 1u) / p.span; }

fn outputs_of(column: u32, g: u32) -> Outputs {
  let at = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(p.n - 1u)) * spans_of_row() + g;
  let t = transpose(mat4x4(outputs[at.x], outputs[at.y], outputs[at.z], outputs[at.w]));
  return Outputs(t[0], t[1], t[2], t[3]);
}

fn value(products: vec4<i32>, t: vec4<f32>, o: Outputs) -> vec4<f32> {
  let whole = clamp(round(o.zero), vec4(-256.0), vec4(256.0));
  let shifted = products - i32(t.y) * vec4<i32>(o.sum) - i32(t.z) * vec4<i32>(whole);
  return o.scale * t.x * (vec4<f32>(shifted) - (o.zero - whole) * t.z) + o.bias;
}

// With groups: what takes the zero points out, times the group's sum (qx - zx),
// and the value of all groups' sums.
fn zero_part(o: Outputs) -> vec4<f32> { return -o.scale * o.zero; }
fn value_of_groups(sums: vec4<f32>, t: vec4<f32>, o: Outputs) -> vec4<f32> {
  return t.x * (sums - t.y * o.sum) + o.bias;
}

fn is_plain() -> bool { return p.activation == 0u && p.gated == 0u && p.residual == 0u; }

fn finish(v: vec4<f32>, row: u32, column: u32) -> vec4<f32> {
  let row_of_y = (p.n + 3u) / 4u;
  var out = activated(p.activation, v);
  if (p.gated != 0u) { out *= gate[row / p.gated * row_of_y + column / 4u]; }
  if (p.residual != 0u) { out += residual[row * row_of_y + column / 4u]; }
  return out;
}

fn store(row: u32, column: u32, v: vec4<f32>) {
  if (row >= p.m || column >= p.n) { return; }
  let at = row * ((p.n + 3u) / 4u) + column / 4u;
  if (HALF) {
    y[at] = vec2(pack2x16float(v.xy), pack2x16float(v.zw));
  } else {
    y[2u * at] = bitcast<vec2<u32>>(v.xy);
    y[2u * at + 1u] = bitcast<vec2<u32>>(v.zw);
  }
}

// What was stored as f32, by the same thread.
fn stored(row: u32, column: u32) -> vec4<f32> {
  let at = row * ((p.n + 3u) / 4u) + column / 4u;
  return bitcast<vec4<f32>>(vec4(y[2u * at], y[2u * at + 1u]));
}
