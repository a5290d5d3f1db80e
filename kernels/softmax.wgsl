// y = softmax(x) of each row, and dx = y (dy - sum(dy y)).
struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read_write> y: array<Elem>;
@group(0) @binding(2) var<storage, read> seen: array<Elem>; // y, in the backward pass
@group(0) @binding(3) var<storage, read> dy: array<Elem>;
@group(0) @binding(4) var<storage, read_write> dx: array<Elem>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    var most = Elem(-3.4e38);
    for (var c = lane; c < p.columns; c += LANES) { most = max(most, x[at + c]); }
    let top = row_max(largest(most), lane);
    var sum = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) {
      let e = exp(x[at + c] - top);
      sum += e;
      y[at + c] = e;
    }
    let all = row_sum(total(sum), lane);
    for (var c = lane; c < p.columns; c += LANES) { y[at + c] /= all; }
  }
}

@compute @workgroup_size(LANES)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    var sum = Elem(0.0);
    for (var c = lane; c < p.columns; c += LANES) { sum += dy[at + c] * seen[at + c]; }
    let mean = row_sum(total(sum), lane);
    for (var c = lane; c < p.columns; c += LANES) {
      dx[at + c] = seen[at + c] * (dy[at + c] - mean);
    }
  }
}
