// Fake quantisation of activations token by token: q = clamp(round(x / s) + z,
// 0, P), x' = s (q - z), with the grid s, z of lib/token_grid.wgsl.
struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  tokens: u32, // rows of one sample
  top: f32, // P = 2^bits - 1
  ratio: f32, // c0
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read> upper: array<f32>;
@group(0) @binding(2) var<storage, read> lower: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<u32>; // of each sample
@group(0) @binding(4) var<storage, read_write> y: array<Elem>;
@group(0) @binding(5) var<storage, read_write> extremes: array<vec2<f32>>; // min(x), max(x) of each row
@group(0) @binding(6) var<storage, read> seen: array<vec2<f32>>; // the same, in the backward pass
@group(0) @binding(7) var<storage, read> dy: array<Elem>;
@group(0) @binding(8) var<storage, read_write> dx: array<Elem>;
@group(0) @binding(9) var<storage, read_write> dranges: array<vec2<f32>>; // of each row's ranges: low, high
@group(0) @binding(10) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn forward(
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
      least = min(least, x[at + c]);
      most = max(most, x[at + c]);
    }
    let extreme = vec2(row_min(smallest(least), lane), row_max(largest(most), lane));
    let sz = grid(extreme, ranges(row));
    for (var c = lane; c < p.columns; c += LANES) {
      let q = clamp(round(x[at + c] / sz.x) + sz.y, Elem(0.0), Elem(p.top));
      y[at + c] = sz.x * (q - sz.y);
    }
    if (lane == 0u) { extremes[row] = extreme; }
  }
}

// Straight through both roundings; the clamp of q passes on its bounds, z takes
// no gradient. With G = sum dy dx'/ds, the range sends G / P to the greatest
// value and -G / P to the least; equal ones share it.
@compute @workgroup_size(LANES)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let extreme = seen[row];
    let sz = grid(extreme, ranges(row));
    var sum = Elem(0.0);
    var lows = Elem(0.0);
    var highs = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) {
      let v = x[at + c];
      let code = round(v / sz.x) + sz.y;
      let q = clamp(code, Elem(0.0), Elem(p.top));
      sum += dy[at + c] * (q - sz.y - select(Elem(0.0), v / sz.x, code == q));
      lows += select(Elem(0.0), Elem(1.0), v == Elem(extreme.x));
      highs += select(Elem(0.0), Elem(1.0), v == Elem(extreme.y));
    }
    var slope = row_sum(total(sum), lane) / p.top;
    if (sz.x <= LEAST_SCALE) { slope = 0.0; } // the floor holds s
    let factor = vec2(-slope, slope) * p.ratio;
    let ties = vec2(row_sum(total(lows), lane), row_sum(total(highs), lane));
    let share = factor * ranges(row) / ties;
    for (var c = lane; c < p.columns; c += LANES) {
      let v = x[at + c];
      let code = round(v / sz.x) + sz.y;
      let inside = code == clamp(code, Elem(0.0), Elem(p.top));
      dx[at + c] = select(Elem(0.0), dy[at + c], inside)
        + select(Elem(0.0), Elem(share.x), v == Elem(extreme.x))
        + select(Elem(0.0), Elem(share.y), v == Elem(extreme.y));
    }
    if (lane == 0u) { dranges[row] = factor * extreme; }
  }
}
