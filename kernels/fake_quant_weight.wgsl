// Fake quantisation of a weight whose runs of elements share a scale s and a
// zero z (a row, a group or everything):
//   q = clamp(round(w / s + z), 0, P),  w' = s (q - z),
// and + the low-rank branch if there is one. LSQ+ learns a float z; with
// INTEGER_ZERO it is a whole number added after the rounding. A row here is the
// run of a scale, or a piece of it where a scale serves more than a weight row.
const INTEGER_ZERO = false;
const BRANCH = false;

struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  pieces: u32, // rows of one scale
  top: f32, // P = 2^bits - 1
  grad_factor: f32, // what the gradients of s and z are multiplied by
}
@group(0) @binding(0) var<storage, read> w: array<Elem>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> zero: array<f32>;
@group(0) @binding(3) var<storage, read> branch: array<Elem>;
@group(0) @binding(4) var<storage, read_write> y: array<Elem>;
@group(0) @binding(5) var<storage, read> dy: array<Elem>;
@group(0) @binding(6) var<storage, read_write> dw: array<Elem>;
@group(0) @binding(7) var<storage, read_write> dscale: array<f32>;
@group(0) @binding(8) var<storage, read_write> dzero: array<f32>;
@group(0) @binding(9) var<uniform> p: Params;

// The code before it is clamped.
fn rounded(v: Elem, z: f32) -> Elem {
  if (INTEGER_ZERO) { return round(v) + z; }
  return round(v + z);
}

fn clamped(q: Elem) -> Elem { return clamp(q, Elem(0.0), Elem(p.top)); }

@compute @workgroup_size(LANES)
fn forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let s = scale[row / p.pieces];
    let z = zero[row / p.pieces];
    for (var c = lane; c < p.columns; c += LANES) {
      let at = row * p.columns + c;
      var v = s * (clamped(rounded(w[at] / s, z)) - z);
      if (BRANCH) { v += branch[at]; }
      y[at] = v;
    }
  }
}

// Straight through the rounding; the clamp passes on its bounds. Each row gives
// one sum for the gradients of its scale and zero.
@compute @workgroup_size(LANES)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let s = scale[row / p.pieces];
    let z = zero[row / p.pieces];
    var ds = Elem(0.0);
    var outside = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) {
      let at = row * p.columns + c;
      let g = dy[at];
      let v = w[at] / s;
      let code = rounded(v, z);
      let q = clamped(code);
      let inside = code == q;
      dw[at] = select(Elem(0.0), g, inside);
      ds += g * (q - z - select(Elem(0.0), v, inside));
      outside += select(g, Elem(0.0), inside);
    }
    let sum_ds = row_sum(total(ds), lane);
    let sum_outside = row_sum(total(outside), lane);
    if (lane == 0u) {
      dscale[row] = sum_ds * p.grad_factor;
      dzero[row] = -s * sum_outside * p.grad_factor;
    }
  }
}

// The codes as whole numbers in floats.
@compute @workgroup_size(LANES)
fn encode(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let s = scale[row / p.pieces];
    let z = zero[row / p.pieces];
    for (var c = lane; c < p.columns; c += LANES) {
      let at = row * p.columns + c;
      y[at] = clamped(rounded(w[at] / s, z));
    }
  }
}
