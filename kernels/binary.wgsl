// y = f(a, b) with broadcasting; OP chooses f. Item i of y has coordinates c,
// innermost first; a is read at c . s and b at c . t, where a stretched axis has
// stride 0. The vector form has stride 1 along axis 0 and every length and stride
// in vectors of four.
const OP = 0u;

struct Params {
  count: u32,
  n_low: vec4<u32>,
  n_high: vec4<u32>,
  s_low: vec4<u32>,
  s_high: vec4<u32>,
  t_low: vec4<u32>,
  t_high: vec4<u32>,
}

@group(0) @binding(0) var<storage, read> a4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y4: array<vec4<f32>>;
@group(0) @binding(0) var<storage, read> a1: array<f32>;
@group(0) @binding(1) var<storage, read> b1: array<f32>;
@group(0) @binding(2) var<storage, read_write> y1: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

fn value(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  switch (OP) {
    case 0u { return a + b; } // add
    case 1u { return a - b; } // sub
    case 2u { return a * b; } // mul
    case 3u { return a / b; } // div
    case 4u { return max(a, b); } // maximum
    case 5u { return 0.5 * (vec4<f32>(a > b) + vec4<f32>(a >= b)); } // share: a's part of max(a, b)
    case 6u { return vec4<f32>(a == b); } // equal
    case 7u { return select(vec4(0.0), b, a > vec4(0.0)); } // keep
    default { return select(b, vec4(0.0), a > vec4(0.0)); } // drop
  }
}

@compute @workgroup_size(LANES)
fn binary4(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, p.count);
  for (var i = start; i < end; i += LANES) {
    let at = place(i, vec2(0u));
    y4[i] = value(a4[at.x], b4[at.y]);
  }
}

@compute @workgroup_size(LANES)
fn binary1(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = first(group, groups, lane);
  let end = min(start + LANES * TURNS, p.count);
  for (var i = start; i < end; i += LANES) {
    let at = place(i, vec2(0u));
    y1[i] = value(vec4(a1[at.x]), vec4(b1[at.y])).x;
  }
}
