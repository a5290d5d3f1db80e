// From the integer products of a token and four weight rows to their outputs:
//   y = s_n a_t (sum (qx - zx) qw - z_n sum (qx - zx)) + b_n.
// Both sums are whole numbers, so nothing is lost to the zero points before
// the last subtraction. To be appended to a product over codes.
struct Params {
  m: u32, // tokens
  n: u32, // outputs
  blocks: u32, // of 32 codes a row
  words: u32, // of a row of w
  biased: u32,
}
@group(0) @binding(2) var<storage, read> token: array<vec4<f32>>; // a, zx, sum (qx - zx)
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> zero: array<f32>;
@group(0) @binding(5) var<storage, read> row_sums: array<f32>; // sum qw
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4<f32>>; // [m, n up to a multiple of 4]
@group(0) @binding(8) var<uniform> p: Params;

// What the epilogue needs of four neighbouring weight rows.
struct Outputs {
  scale: vec4<f32>,
  zero: vec4<f32>,
  sums: vec4<i32>,
  bias: vec4<f32>,
}

fn outputs(column: u32) -> Outputs {
  let c = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(p.n - 1u));
  var o: Outputs;
  o.scale = vec4(scale[c.x], scale[c.y], scale[c.z], scale[c.w]);
  o.zero = vec4(zero[c.x], zero[c.y], zero[c.z], zero[c.w]);
  o.sums = vec4<i32>(vec4(row_sums[c.x], row_sums[c.y], row_sums[c.z], row_sums[c.w]));
  if (p.biased != 0u) { o.bias = vec4(bias[c.x], bias[c.y], bias[c.z], bias[c.w]); }
  return o;
}

fn store(row: u32, column: u32, products: vec4<u32>, o: Outputs) {
  if (row >= p.m || column >= p.n) { return; }
  let t = token[row];
  let shifted = vec4<i32>(products) - i32(t.y) * o.sums;
  y[row * ((p.n + 3u) / 4u) + column / 4u] =
    o.scale * t.x * (vec4<f32>(shifted) - o.zero * t.z) + o.bias;
}
