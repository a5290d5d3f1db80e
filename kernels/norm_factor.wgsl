// The global norm of the gradients of all groups that are not frozen, the norm
// of every group, and the factor that limits it as torch does:
// min(1, most / (norm + 1e-6)). A factor of 0 says that a gradient was not finite.
struct Params {
  count: u32, // groups
  most: f32, // largest norm; 0 sets no limit
}
@group(0) @binding(0) var<storage, read> sums: array<f32>; // of blocks
@group(0) @binding(1) var<storage, read> groups: array<Group>;
@group(0) @binding(2) var<storage, read_write> stats: array<f32>; // norm, factor, norm of each group
@group(0) @binding(3) var<uniform> p: Params;

// Compilers may suppose that numbers are finite; bits are safe from them.
fn finite(v: f32) -> bool { return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(LANES)
fn factor(@builtin(local_invocation_index) lane: u32) {
  var all = 0.0;
  for (var k = 0u; k < p.count; k++) {
    var sum = 0.0;
    for (var i = groups[k].first + lane; i < groups[k].last; i += LANES) { sum += sums[i]; }
    let squares = row_sum(sum, lane);
    if (groups[k].frozen == 0u) { all += squares; }
    if (lane == 0u) { stats[2u + k] = sqrt(squares); }
  }
  if (lane == 0u) {
    let norm = sqrt(all);
    var scale = 0.0;
    if (finite(all)) {
      scale = 1.0;
      if (p.most > 0.0) { scale = min(1.0, p.most / (norm + 1e-6)); }
    }
    stats[0] = norm;
    stats[1] = scale;
  }
}
