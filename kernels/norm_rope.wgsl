// A norm over rows and the rotary embedding of what it gives, as norm.wgsl and rope.wgsl have them:
//   v = (x - mean) rstd gain (+ shift),   y = (a cos - b sin, b cos + a sin) for pairs (a, b) of v.
// A row holds one head or several; rows of a token share a row of the tables.
const CENTRE = true; // LayerNorm; RMSNorm leaves the mean in
const SHIFT = true;

struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  tokens: u32, // rows of the tables
  parts: u32, // rows of a token
  head: u32, // columns of a head, in Elems
  count: f32, // columns in numbers
  eps: f32,
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read> gain: array<Elem>;
@group(0) @binding(2) var<storage, read> shift: array<Elem>;
@group(0) @binding(3) var<storage, read> cosine: array<Elem>;
@group(0) @binding(4) var<storage, read> sine: array<Elem>;
@group(0) @binding(5) var<storage, read_write> y: array<Elem>;
@group(0) @binding(6) var<storage, read_write> stats: array<vec2<f32>>; // mean, rstd
@group(0) @binding(7) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let table = row / p.parts % p.tokens * p.head;
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
    for (var h = 0u; h < p.columns; h += p.head) {
      for (var c = lane; c < p.head; c += LANES) {
        var v = (x[at + h + c] - mean) * rstd * gain[h + c];
        if (SHIFT) { v += shift[h + c]; }
        y[at + h + c] = v * cosine[table + c] + crossed(v) * sine[table + c];
      }
    }
    if (lane == 0u) { stats[row] = vec2(mean, rstd); }
  }
}
