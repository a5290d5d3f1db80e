// The first scale and zero of each row of weights: from its least and greatest
// value, or by a search that shrinks both by 1.00, 0.99, ... 0.21 and keeps the
// first that leaves the smallest sum of |w' - w|^2.4.
const INTEGER_ZERO = false;
const SEARCH = true;
const SHRINKS = 80u;
const LEAST_SCALE = 1e-9;

struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  top: f32, // P = 2^bits - 1
}
@group(0) @binding(0) var<storage, read> w: array<Elem>;
@group(0) @binding(1) var<storage, read_write> scale: array<f32>;
@group(0) @binding(2) var<storage, read_write> zero: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

// (s, z) of a range
fn grid(low: f32, high: f32) -> vec2<f32> {
  let s = max((high - low) / p.top, LEAST_SCALE);
  if (INTEGER_ZERO) { return vec2(s, clamp(-round(low / s), 0.0, p.top)); }
  return vec2(s, -low / s);
}

fn quantized(v: Elem, s: f32, z: f32) -> Elem {
  var q: Elem;
  if (INTEGER_ZERO) { q = round(v / s) + z; } else { q = round(v / s + z); }
  return s * (clamp(q, Elem(0.0), Elem(p.top)) - z);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    var least = Elem(3.4e38);
    var most = Elem(-3.4e38);
    for (var c = lane; c < p.columns; c += LANES) {
      least = min(least, w[at + c]);
      most = max(most, w[at + c]);
    }
    let low = row_min(smallest(least), lane);
    let high = row_max(largest(most), lane);
    var best = grid(low, high);
    if (SEARCH) {
      var smallest_error = 3.4e38;
      for (var i = 0u; i < SHRINKS; i++) {
        let shrink = 1.0 - f32(i) / 100.0;
        let tried = grid(low * shrink, high * shrink);
        var errors = Elem(0.0);
        for (var c = lane; c < p.columns; c += LANES) {
          let v = w[at + c];
          let off = abs(quantized(v, tried.x, tried.y) - v);
          // pow(0, .) is not defined everywhere
          errors += exp2(2.4 * log2(max(off, Elem(1e-30))));
        }
        let error = row_sum(total(errors), lane);
        if (error < smallest_error) {
          smallest_error = error;
          best = tried;
        }
      }
    }
    if (lane == 0u) {
      scale[row] = best.x;
      zero[row] = best.y;
    }
  }
}
