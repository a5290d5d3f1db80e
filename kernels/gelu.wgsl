// y = gelu(x) and dx = dy * gelu'(x), with the tanh approximation or with erf.
const TANH_FORM = true;
const SCALE = 0.7978845608028654; // sqrt(2 / pi)
const CUBIC = 0.044715;
const BLOCK = 256u; // elements a workgroup

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

// Beyond |u| = 10 tanh is 1 in f32, and exp(2u) could overflow where drivers' tanh does.
fn safe_tanh(u: f32) -> f32 {
  return 1.0 - 2.0 / (1.0 + exp(2.0 * clamp(u, -10.0, 10.0)));
}

// Abramowitz and Stegun 7.1.26 has 1.5e-7 absolute error: enough for f32.
fn erf(v: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(v));
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(v) * (1.0 - p * exp(-v * v));
}

fn value(v: f32) -> f32 {
  if (TANH_FORM) { return 0.5 * v * (1.0 + safe_tanh(SCALE * (v + CUBIC * v * v * v))); }
  return 0.5 * v * (1.0 + erf(v * 0.7071067811865476));
}

fn slope(v: f32) -> f32 {
  if (TANH_FORM) {
    let t = safe_tanh(SCALE * (v + CUBIC * v * v * v));
    return 0.5 * (1.0 + t + v * (1.0 - t * t) * SCALE * (1.0 + 3.0 * CUBIC * v * v));
  }
  return 0.5 * (1.0 + erf(v * 0.7071067811865476)) + v * 0.3989422804014327 * exp(-0.5 * v * v);
}

fn first(group: vec3<u32>, groups: vec3<u32>, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * BLOCK + lane;
}

@compute @workgroup_size(64)
fn forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var u = 0u; u < BLOCK; u += 64u) {
    let i = first(group, groups, lane) + u;
    if (i < arrayLength(&x)) { y[i] = value(x[i]); }
  }
}

@compute @workgroup_size(64)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var u = 0u; u < BLOCK; u += 64u) {
    let i = first(group, groups, lane) + u;
    if (i < arrayLength(&x)) { dx[i] = dy[i] * slope(x[i]); }
  }
}
