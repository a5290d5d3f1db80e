// y = word everywhere.
const LANES = 64u;
const TURNS = 4u; // items a lane

struct Params { word: u32 }

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = (group.y * groups.x + group.x) * (LANES * TURNS) + lane;
  let end = min(start + LANES * TURNS, arrayLength(&y));
  for (var i = start; i < end; i += LANES) { y[i] = p.word; }
}
