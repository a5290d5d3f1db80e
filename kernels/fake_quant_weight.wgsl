// Fake quantisation of a weight [N, K] whose runs of `per_scale` elements share
// a scale s and a zero z (a row, a group or everything):
//   q = clamp(round(w / s + z), 0, P),  w' = s (q - z),
// and optionally + (L diag(gamma)) R, the low-rank branch. LSQ+ learns a float
// z; with INTEGER_ZERO it is a whole number added after the rounding.
const INTEGER_ZERO = false;
const ROWS = 8u; // weight rows a workgroup of `forward` covers

struct Params {
  rows: u32, // forward: N; backward: sums, see there
  columns: u32, // forward: K in Elems; backward: elements of a sum in Elems
  walk: u32, // rows a workgroup of `backward` and `encode` takes
  per_scale: u32, // forward: Elems of one scale; backward: sums of one scale
  rank: u32, // of the low-rank branch, 0 without
  top: f32, // P = 2^bits - 1
  grad_factor: f32, // what the gradients of s and z are multiplied by
}
@group(0) @binding(0) var<storage, read> w: array<Elem>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> zero: array<f32>;
@group(0) @binding(3) var<storage, read> left: array<f32>; // L [N, rank]
@group(0) @binding(4) var<storage, read> right: array<Elem>; // R [rank, K]
@group(0) @binding(5) var<storage, read> gamma: array<f32>; // [rank]
@group(0) @binding(6) var<storage, read_write> y: array<Elem>;
@group(0) @binding(7) var<storage, read> dy: array<Elem>;
@group(0) @binding(8) var<storage, read_write> dw: array<Elem>;
@group(0) @binding(9) var<storage, read_write> dscale: array<f32>;
@group(0) @binding(10) var<storage, read_write> dzero: array<f32>;
@group(0) @binding(11) var<uniform> p: Params;

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
  let first = (group.y * groups.x + group.x) * ROWS;
  var branch: array<Elem, ROWS>;
  for (var c = lane; c < p.columns; c += LANES) {
    /*unroll*/ for (var i = 0u; i < ROWS; i++) { branch[i] = Elem(0.0); }
    for (var r = 0u; r < p.rank; r++) {
      let v = right[r * p.columns + c] * gamma[r];
      /*unroll*/ for (var i = 0u; i < ROWS; i++) {
        branch[i] += left[min(first + i, p.rows - 1u) * p.rank + r] * v;
      }
    }
    /*unroll*/ for (var i = 0u; i < ROWS; i++) {
      if (first + i < p.rows) {
        let at = (first + i) * p.columns + c;
        let s = scale[at / p.per_scale];
        let z = zero[at / p.per_scale];
        y[at] = s * (clamped(rounded(w[at] / s, z)) - z) + branch[i];
      }
    }
  }
}

// Straight through the rounding; the clamp passes on its bounds. Each row of
// `columns` is one sum of the gradients of its scale and zero: the whole run of
// a scale, or a piece of it that is added up afterwards.
@compute @workgroup_size(LANES)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let s = scale[row / p.per_scale];
    let z = zero[row / p.per_scale];
    var ds = Elem(0.0);
    var clipped = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) {
      let at = row * p.columns + c;
      let g = dy[at];
      let v = w[at] / s;
      let code = rounded(v, z);
      let q = clamped(code);
      let inside = code == q;
      dw[at] = select(Elem(0.0), g, inside);
      ds += g * (q - z - select(Elem(0.0), v, inside));
      clipped += select(g, Elem(0.0), inside);
    }
    let sum_ds = row_sum(total(ds), lane);
    let sum_clipped = row_sum(total(clipped), lane);
    if (lane == 0u) {
      dscale[row] = sum_ds * p.grad_factor;
      dzero[row] = -s * sum_clipped * p.grad_factor;
    }
  }
}

// The codes as whole numbers in floats, over the rows of `backward`.
@compute @workgroup_size(LANES)
fn encode(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let s = scale[row / p.per_scale];
    let z = zero[row / p.per_scale];
    for (var c = lane; c < p.columns; c += LANES) {
      let at = row * p.columns + c;
      y[at] = clamped(rounded(w[at] / s, z));
    }
  }
}
