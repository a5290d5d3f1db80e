// LayerNorm and RMSNorm over rows, with a gain and a shift of one vector for
// every `span` rows: y = n (one + gain) + shift, n = (x - mean) rstd.
// A learned weight has one = 0, adaptive modulation one = 1.
const CENTRE = true; // LayerNorm; RMSNorm leaves the mean in
const GAIN = true;
const SHIFT = true;
const ADD = false; // dx adds to the gradient before it

struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  span: u32, // rows that share one gain and shift
  count: f32, // columns in numbers
  eps: f32,
  one: f32,
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read> gain: array<Elem>;
@group(0) @binding(2) var<storage, read> shift: array<Elem>;
@group(0) @binding(3) var<storage, read_write> y: array<Elem>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2<f32>>; // mean, rstd
@group(0) @binding(5) var<storage, read> seen: array<vec2<f32>>; // the same, in the backward pass
@group(0) @binding(6) var<storage, read> dy: array<Elem>;
@group(0) @binding(7) var<storage, read_write> dx: array<Elem>;
@group(0) @binding(8) var<storage, read> before: array<Elem>;
@group(0) @binding(9) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let scale = row / p.span * p.columns;
    var mean = 0.0;
    if (CENTRE) {
      var sum = Elem(0.0);
      for (var c = lane; c < p.columns; c += LANES) { sum += x[at + c]; }
      mean = row_sum(total(sum), lane) / p.count;
    }
    var squares = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) {
      let d = x[at + c] - mean;
      squares += d * d;
    }
    let rstd = 1.0 / sqrt(row_sum(total(squares), lane) / p.count + p.eps);
    for (var c = lane; c < p.columns; c += LANES) {
      var v = (x[at + c] - mean) * rstd;
      if (GAIN) { v *= p.one + gain[scale + c]; }
      if (SHIFT) { v += shift[scale + c]; }
      y[at + c] = v;
    }
    if (lane == 0u) { stats[row] = vec2(mean, rstd); }
  }
}

// With g = dy (one + gain): dx = rstd (g - mean(g) - n mean(g n)).
@compute @workgroup_size(LANES)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let scale = row / p.span * p.columns;
    let mean = seen[row].x;
    let rstd = seen[row].y;
    var sum = Elem(0.0);
    var product = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) {
      var g = dy[at + c];
      if (GAIN) { g *= p.one + gain[scale + c]; }
      sum += g;
      product += g * ((x[at + c] - mean) * rstd);
    }
    var a = 0.0;
    if (CENTRE) { a = row_sum(total(sum), lane) / p.count; }
    let b = row_sum(total(product), lane) / p.count;
    for (var c = lane; c < p.columns; c += LANES) {
      var g = dy[at + c];
      if (GAIN) { g *= p.one + gain[scale + c]; }
      var d = rstd * (g - a - (x[at + c] - mean) * rstd * b);
      if (ADD) { d += before[at + c]; }
      dx[at + c] = d;
    }
  }
}
