// AdamW with decoupled weight decay over a chunk of parameters, as torch has it:
//   w = w decay;  m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g^2
//   w -= size m / (sqrt(v) root + eps)
// and, in one form, the moving average ema += (1 - keep) (w - ema).
// Zeros stay zeros, so padding between parameters needs no care.
const LANES = 64u;

struct Params {
  walk: u32, // vec4s a thread
  group: u32,
  beta2: f32,
  eps: f32,
  rest1: f32, // 1 - beta1
  rest2: f32, // 1 - beta2
  rest_ema: f32, // 1 - keep
}
@group(0) @binding(0) var<storage, read_write> w: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> groups: array<Group>;
@group(0) @binding(5) var<storage, read> stats: array<f32>; // norm, factor
@group(0) @binding(6) var<storage, read_write> ema: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> p: Params;

fn updated(i: u32, its: Group, factor: f32) -> vec4<f32> {
  let d = factor * g[i];
  let m0 = m[i];
  let m1 = m0 + p.rest1 * (d - m0);
  let v1 = p.beta2 * v[i] + p.rest2 * d * d;
  let w1 = w[i] * its.decay - its.size * m1 / (sqrt(v1) * its.root + p.eps);
  m[i] = m1;
  v[i] = v1;
  w[i] = w1;
  return w1;
}

@compute @workgroup_size(LANES)
fn update(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let its = groups[p.group];
  let factor = stats[1];
  if (its.frozen == 1u || factor == 0.0) { return; }
  let first = (group.y * grid.x + group.x) * p.walk * LANES;
  let end = min(first + p.walk * LANES, arrayLength(&w));
  for (var i = first + lane; i < end; i += LANES) { let done = updated(i, its, factor); }
}

@compute @workgroup_size(LANES)
fn update_ema(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let its = groups[p.group];
  let factor = stats[1];
  if (its.frozen == 1u || factor == 0.0) { return; }
  let first = (group.y * grid.x + group.x) * p.walk * LANES;
  let end = min(first + p.walk * LANES, arrayLength(&w));
  for (var i = first + lane; i < end; i += LANES) {
    let average = ema[i];
    ema[i] = average + p.rest_ema * (updated(i, its, factor) - average);
  }
}
