// What follows a product: y = residual + gate * activation(sum + bias), appended to its kernels
// together with the file that stores y.
const ACTIVATION = 0u; // of activation.wgsl
const GATED = false; // gate [M / span, N]
const RESIDUAL = false; // residual [M, N]

struct Params {
  m: u32,
  n: u32,
  quads: u32, // vec4s along k in a row of x
  depth: u32, // rows of a w [K, N]
  biased: u32,
  span: u32, // rows that share a row of gate
  x_offset: u32, // in vec4s, as the strides between batches
  w_offset: u32,
  y_offset: u32,
  x_batch: u32,
  w_batch: u32,
  y_batch: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> p: Params;

fn bias_of(quad: u32) -> vec4<f32> {
  var b = vec4<f32>();
  if (p.biased != 0u) { b = bias[quad]; }
  return b;
}

// The four values from column 4 * quad on.
fn finish(z: vec4<f32>, row: u32, quad: u32, batch: u32) {
  let at = p.y_offset + batch * p.y_batch + row * (p.n / 4u) + quad;
  var v = activated(ACTIVATION, z);
  if (GATED) { v *= gate[row / p.span * (p.n / 4u) + quad]; }
  if (RESIDUAL) { v += residual[at]; }
  store(at, v);
}

// The columns of four vectors: where they hold four k of one column, four columns of one k.
fn turned(v: array<vec4<u32>, 4>, j: u32) -> vec4<u32> {
  return vec4(v[0][j], v[1][j], v[2][j], v[3][j]);
}
