// Sums of squares of a chunk of gradients, one for each block, in a fixed order.
struct Params {
  rows: u32, // blocks
  columns: u32, // Elems a block; the last block may be shorter
  walk: u32, // blocks a workgroup
  first: u32, // block number of the chunk's first one
}
@group(0) @binding(0) var<storage, read> g: array<Elem>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn blocks(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let end = min((row + 1u) * p.columns, arrayLength(&g));
    var squares = Elem(0.0);
    for (var i = row * p.columns + lane; i < end; i += LANES) {
      squares += g[i] * g[i];
    }
    let sum = row_sum(total(squares), lane);
    if (lane == 0u) { sums[p.first + row] = sum; }
  }
}
