// QR of the vectors of matrices, cut into chunks along their length, by
// Householder reflections: X = R Q for `count` vectors X as rows. A workgroup
// holds one vector of its chunk in registers while reflections pass over it.
// Any X gives an orthonormal Q, also one of dependent vectors or of zeros.
const PARTS = 4u; // Elems of a vector that a lane holds: PARTS * LANES cover a chunk
const TOGETHER = 4u; // vectors of Q that share what is read of reflections; divides count
const LEAST = 1.17549435e-38; // the least normal number

struct Params {
  count: u32, // vectors of a matrix, a multiple of WIDTH
  columns: u32, // Elems of a vector
  chunks: u32,
  walk: u32, // vectors of Q a workgroup, a multiple of TOGETHER
  top: u32, // 1: there is one chunk, and Q begins with the unit matrix
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
// Reflections I - w w^T: PARTS * LANES Elems for each vector of each chunk, padded with zeros.
@group(0) @binding(1) var<storage, read_write> made: array<Elem>;
@group(0) @binding(2) var<storage, read_write> r: array<Elem>; // R of the chunks side by side
@group(0) @binding(3) var<storage, read> w: array<Elem>; // what was made
@group(0) @binding(4) var<storage, read> inner: array<Elem>; // Q of that r
@group(0) @binding(5) var<storage, read_write> q: array<Elem>;
@group(0) @binding(6) var<uniform> p: Params;

// The first Elem of a chunk.
fn begin(chunk: u32) -> u32 { return chunk * p.columns / p.chunks; }

// Where a lane finds its first Elem of reflection i.
fn reflection(matrix: u32, chunk: u32, i: u32, lane: u32) -> u32 {
  return ((matrix * p.chunks + chunk) * p.count + i) * PARTS * LANES + lane;
}

@compute @workgroup_size(LANES)
fn factor(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = begin(group.x);
  let size = begin(group.x + 1u) - first;
  let width = p.count / WIDTH;
  var v: array<Elem, PARTS>;
  var by: array<Elem, PARTS>;
  for (var t = 0u; t < p.count; t++) {
    let at = (group.y * p.count + t) * p.columns + first;
    /*unroll*/ for (var u = 0u; u < PARTS; u++) {
      v[u] = Elem(0.0);
      if (lane + u * LANES < size) { v[u] = x[at + lane + u * LANES]; }
    }
    for (var i = 0u; i < t; i++) {
      let start = reflection(group.y, group.x, i, lane);
      var dot = Elem(0.0);
      /*unroll*/ for (var u = 0u; u < PARTS; u++) {
        by[u] = made[start + u * LANES];
        dot += by[u] * v[u];
      }
      let along = row_sum(total(dot), lane);
      /*unroll*/ for (var u = 0u; u < PARTS; u++) { v[u] -= along * by[u]; }
    }
    // What is left from place t on becomes a length there, zeros behind it.
    let place = Elem(f32(t));
    var peak = 0.0;
    /*unroll*/ for (var u = 0u; u < PARTS; u++) {
      let places = STEPS + f32(WIDTH * (lane + u * LANES));
      peak = max(peak, largest(select(Elem(0.0), abs(v[u]), places >= place)));
    }
    // A power of two keeps squares in range.
    let exponent = clamp(bitcast<u32>(row_max(peak, lane)) >> 23u, 1u, 253u);
    let unit = bitcast<f32>(exponent << 23u);
    let scale = bitcast<f32>((254u - exponent) << 23u);
    var heads = Elem(0.0);
    var tails = Elem(0.0);
    /*unroll*/ for (var u = 0u; u < PARTS; u++) {
      let places = STEPS + f32(WIDTH * (lane + u * LANES));
      by[u] = v[u] * scale;
      heads += select(Elem(0.0), by[u], places == place);
      tails += select(Elem(0.0), by[u] * by[u], places > place);
    }
    let head = row_sum(total(heads), lane);
    let tail = row_sum(total(tails), lane);
    let norm = sqrt(head * head + tail);
    // head - norm, without cancellation
    var turn = head - norm;
    if (head > 0.0) { turn = -tail / (head + norm); }
    let half = 0.5 * (turn * turn + tail);
    // An adapter may take a number below LEAST for 0, whose root has no inverse.
    let shrink = select(0.0, inverseSqrt(half), half >= LEAST);
    let to = reflection(group.y, group.x, t, lane);
    let row = ((group.y * p.count + t) * p.chunks + group.x) * width + lane;
    /*unroll*/ for (var u = 0u; u < PARTS; u++) {
      let places = STEPS + f32(WIDTH * (lane + u * LANES));
      let below = select(Elem(0.0), by[u] * shrink, places > place);
      made[to + u * LANES] = select(below, Elem(turn * shrink), places == place);
      if (lane + u * LANES < width) {
        let above = select(Elem(0.0), v[u], places < place);
        r[row + u * LANES] = select(above, Elem(norm * unit), places == place);
      }
    }
  }
}

@compute @workgroup_size(LANES)
fn form(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = begin(group.x);
  let size = begin(group.x + 1u) - first;
  let width = p.count / WIDTH;
  var v: array<array<Elem, PARTS>, TOGETHER>;
  var dots: array<Elem, TOGETHER>;
  var along: array<f32, TOGETHER>;
  let end = min((group.z + 1u) * p.walk, p.count);
  for (var t = group.z * p.walk; t < end; t += TOGETHER) {
    /*unroll*/ for (var h = 0u; h < TOGETHER; h++) {
      let row = ((group.y * p.count + t + h) * p.chunks + group.x) * width + lane;
      /*unroll*/ for (var u = 0u; u < PARTS; u++) {
        let places = STEPS + f32(WIDTH * (lane + u * LANES));
        v[h][u] = select(Elem(0.0), Elem(1.0), places == Elem(f32(t + h)));
        if (p.top == 0u) {
          v[h][u] = Elem(0.0);
          if (lane + u * LANES < width) { v[h][u] = inner[row + u * LANES]; }
        }
      }
    }
    // A later reflection leaves a row of the unit matrix as it is.
    for (var i = select(p.count, t + TOGETHER, p.top == 1u); i > 0u; i--) {
      let start = reflection(group.y, group.x, i - 1u, lane);
      /*unroll*/ for (var h = 0u; h < TOGETHER; h++) { dots[h] = Elem(0.0); }
      /*unroll*/ for (var u = 0u; u < PARTS; u++) {
        let by = w[start + u * LANES];
        /*unroll*/ for (var h = 0u; h < TOGETHER; h++) { dots[h] += by * v[h][u]; }
      }
      /*unroll*/ for (var h = 0u; h < TOGETHER; h++) { along[h] = row_sum(total(dots[h]), lane); }
      /*unroll*/ for (var u = 0u; u < PARTS; u++) {
        let by = w[start + u * LANES];
        /*unroll*/ for (var h = 0u; h < TOGETHER; h++) { v[h][u] -= along[h] * by; }
      }
    }
    /*unroll*/ for (var h = 0u; h < TOGETHER; h++) {
      let at = (group.y * p.count + t + h) * p.columns + first;
      /*unroll*/ for (var u = 0u; u < PARTS; u++) {
        if (lane + u * LANES < size) { q[at + lane + u * LANES] = v[h][u]; }
      }
    }
  }
}
