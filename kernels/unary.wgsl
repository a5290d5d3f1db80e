// y = f(x) and dx = dy f'(x), where OP chooses f. Four elements at a time, or
// one where the size is no multiple of four.
const OP = 0u;
const LANES = 64u;
const TURNS = 4u; // items a lane

struct Params { a: f32, b: f32 } // parameters of f

@group(0) @binding(0) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy4: array<vec4<f32>>;
@group(0) @binding(0) var<storage, read> x1: array<f32>;
@group(0) @binding(1) var<storage, read_write> y1: array<f32>;
@group(0) @binding(2) var<storage, read> dy1: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

const GELU_SCALE = 0.7978845608028654; // sqrt(2 / pi)
const GELU_CUBIC = 0.044715;
const ROOT_HALF = 0.7071067811865476;
const NORMAL_0 = 0.3989422804014327; // 1 / sqrt(2 pi)

fn value(v: vec4<f32>) -> vec4<f32> {
  switch (OP) {
    case 0u { return v * logistic(v); } // silu
    case 1u { return logistic(v); } // sigmoid
    case 2u { return tangent(v); } // tanh
    case 3u { return max(v, vec4(0.0)); } // relu
    case 4u { return exp(v); }
    case 5u { return log(v); }
    case 6u { return sqrt(v); }
    case 7u { return 1.0 / sqrt(v); } // rsqrt
    case 8u { return v * v; } // square
    case 9u { return 1.0 / v; } // reciprocal
    case 10u { return abs(v); }
    case 11u { return power(v, p.a, p.b); } // pow
    case 12u { return clamp(v, vec4(p.a), vec4(p.b)); }
    case 13u { return round(v); } // ties to even
    case 14u { return v * p.a; } // scale
    case 15u { return v + p.a; } // addScalar
    case 16u { return 0.5 * v * (1.0 + tangent(gelu_argument(v))); } // gelu, tanh form
    default { return 0.5 * v * (1.0 + erf(v * ROOT_HALF)); } // gelu, exact
  }
}

fn slope(v: vec4<f32>) -> vec4<f32> {
  switch (OP) {
    case 0u {
      let s = logistic(v);
      return s * (1.0 + v * (1.0 - s));
    }
    case 1u {
      let s = logistic(v);
      return s * (1.0 - s);
    }
    case 2u {
      let t = tangent(v);
      return 1.0 - t * t;
    }
    case 3u { return vec4<f32>(v > vec4(0.0)); }
    case 4u { return exp(v); }
    case 5u { return 1.0 / v; }
    case 6u { return 0.5 / sqrt(v); }
    case 7u { return -0.5 / (v * sqrt(v)); }
    case 8u { return 2.0 * v; }
    case 9u { return -1.0 / (v * v); }
    case 10u { return sign(v); }
    case 11u { return p.a * power(v, p.a - 1.0, select(1.0 - p.b, p.b, p.b < 0.0)); }
    case 12u { return vec4<f32>(v >= vec4(p.a)) * vec4<f32>(v <= vec4(p.b)); }
    case 13u { return vec4(0.0); }
    case 14u { return vec4(p.a); }
    case 15u { return vec4(1.0); }
    case 16u {
      let t = tangent(gelu_argument(v));
      let inner = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * v * v);
      return 0.5 * (1.0 + t + v * (1.0 - t * t) * inner);
    }
    default { return 0.5 * (1.0 + erf(v * ROOT_HALF)) + v * NORMAL_0 * exp(-0.5 * v * v); }
  }
}

fn gelu_argument(v: vec4<f32>) -> vec4<f32> {
  return GELU_SCALE * (v + GELU_CUBIC * v * v * v);
}

// Clamped, because exp may overflow to anything; beyond 80 nothing changes in f32.
fn logistic(v: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(v, vec4(-80.0), vec4(80.0))));
}

// Drivers' tanh may overflow, and 1 - 2 / (1 + e^2u) has no digits left near 0.
fn tangent(u: vec4<f32>) -> vec4<f32> {
  let far = 1.0 - 2.0 / (1.0 + exp(2.0 * clamp(u, vec4(-10.0), vec4(10.0))));
  let s = u * u;
  let near = u * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * (17.0 / 315.0))));
  return select(far, near, s < vec4(0.04));
}

// Abramowitz and Stegun 7.1.26: 1.5e-7 absolute error, as good as f32 gets here.
fn erf(v: vec4<f32>) -> vec4<f32> {
  let t = 1.0 / (1.0 + 0.3275911 * abs(v));
  let sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(v) * (1.0 - sum * exp(-v * v));
}

// v^e, where `odd` is 1 for odd e, 0 for even e and -1 for e that is not whole:
// then v below zero has no power, which pow() itself knows.
fn power(v: vec4<f32>, e: f32, odd: f32) -> vec4<f32> {
  if (e == 0.0) { return vec4(1.0); }
  if (odd < 0.0) { return pow(v, vec4(e)); }
  let size = pow(abs(v), vec4(e));
  return select(size, -size, (v < vec4(0.0)) & vec4(odd == 1.0));
}

fn first(group: vec3<u32>, groups: vec3<u32>, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * (LANES * TURNS) + lane;
}

@compute @workgroup_size(LANES)
fn forward4(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, arrayLength(&y4));
  for (var i = start; i < end; i += LANES) { y4[i] = value(x4[i]); }
}

@compute @workgroup_size(LANES)
fn forward1(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, arrayLength(&y1));
  for (var i = start; i < end; i += LANES) { y1[i] = value(vec4(x1[i])).x; }
}

@compute @workgroup_size(LANES)
fn backward4(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, arrayLength(&y4));
  for (var i = start; i < end; i += LANES) { y4[i] = dy4[i] * slope(x4[i]); }
}

@compute @workgroup_size(LANES)
fn backward1(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, arrayLength(&y1));
  for (var i = start; i < end; i += LANES) { y1[i] = dy1[i] * slope(vec4(x1[i])).x; }
}
