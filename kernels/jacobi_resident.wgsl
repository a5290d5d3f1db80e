// A part of a sweep of the one-sided Jacobi method for short vectors: the lanes
// of a workgroup hold a vector x in registers while it meets all later ones.
// Behind a vector in its row comes, where it is wanted, its row of the rotation.
const PARTS = 4u; // Elems that a lane holds: a row has PARTS * LANES
const BODY = 4u; // those of the vector
const TINY = 1e-30; // squares below belong to vectors of rounding noise

struct Params {
  count: u32, // vectors of a matrix
  tolerance: f32, // on the cosine of two vectors
  start: u32, // vectors that are x in this dispatch
  end: u32,
  sweep: u32,
  sweeps: u32,
}
@group(0) @binding(0) var<storage, read_write> rows: array<Elem>;
@group(0) @binding(1) var<storage, read_write> pending: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> needed: u32;

@compute @workgroup_size(LANES)
fn sweep(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let flag = group.x * (p.sweeps + 1u) + p.sweep;
  if (lane == 0u) { needed = pending[flag]; }
  if (workgroupUniformLoad(&needed) == 0u) { return; }
  let first = group.x * p.count * PARTS * LANES + lane;
  var x: array<Elem, PARTS>;
  var y: array<Elem, PARTS>;
  var turned = false;
  for (var i = p.start; i < p.end; i++) {
    let at = first + i * PARTS * LANES;
    /*unroll*/ for (var u = 0u; u < PARTS; u++) { x[u] = rows[at + u * LANES]; }
    for (var j = i + 1u; j < p.count; j++) {
      let by = first + j * PARTS * LANES;
      var xx = Elem(0.0);
      var yy = Elem(0.0);
      var xy = Elem(0.0);
      /*unroll*/ for (var u = 0u; u < PARTS; u++) {
        y[u] = rows[by + u * LANES];
      }
      /*unroll*/ for (var u = 0u; u < BODY; u++) {
        xx += x[u] * x[u];
        yy += y[u] * y[u];
        xy += x[u] * y[u];
      }
      let a = row_sum(total(xx), lane);
      let b = row_sum(total(yy), lane);
      let d = row_sum(total(xy), lane);
      // No `continue`: the sums of the next turn must lie in uniform control flow.
      if (min(a, b) >= TINY && abs(d) > p.tolerance * sqrt(a) * sqrt(b)) {
        // tan t of the smaller angle solves t^2 + 2 z t - 1 = 0.
        let z = (b - a) / (2.0 * d);
        var t = 0.5 / z;
        if (abs(z) < 1e8) { t = select(-1.0, 1.0, z >= 0.0) / (abs(z) + sqrt(1.0 + z * z)); }
        let cosine = 1.0 / sqrt(1.0 + t * t);
        let sine = cosine * t;
        let tau = sine / (1.0 + cosine);
        turned = true;
        /*unroll*/ for (var u = 0u; u < PARTS; u++) {
          let old = x[u];
          x[u] = old - sine * (y[u] + tau * old);
          rows[by + u * LANES] = y[u] + sine * (old - tau * y[u]);
        }
      }
    }
    /*unroll*/ for (var u = 0u; u < PARTS; u++) { rows[at + u * LANES] = x[u]; }
  }
  if (turned && lane == 0u) { pending[flag + 1u] = 1u; }
}
