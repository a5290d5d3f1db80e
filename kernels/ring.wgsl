// Writes a step's loss and statistics into one row of a ring, so that the host
// reads many steps with one wait.
@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read> slot: array<u32>;
@group(0) @binding(3) var<storage, read_write> ring: array<f32>;

@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) lane: u32) {
  let width = 1u + arrayLength(&stats);
  for (var i = lane; i < width; i += 32u) {
    var value = loss[0];
    if (i > 0u) { value = stats[i - 1u]; }
    ring[slot[0] * width + i] = value;
  }
}
