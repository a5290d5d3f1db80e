// Rotary embedding of interleaved pairs: a pair (a, b) at token l turns to
// (a cos - b sin, b cos + a sin). The tables repeat each value for its pair.
const LANES = 64u;

struct Params {
  rows: u32, // tokens of all samples
  heads: u32,
  walk: u32, // rows a workgroup
  tokens: u32, // rows of the tables
  head: u32, // columns of one head, in steps
  way: f32, // 1 forward, -1 back
}
@group(0) @binding(0) var<storage, read> x: array<Pairs>;
@group(0) @binding(1) var<storage, read> cosine: array<Pairs>;
@group(0) @binding(2) var<storage, read> sine: array<Pairs>;
@group(0) @binding(3) var<storage, read_write> y: array<Pairs>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let table = row % p.tokens * p.head;
    for (var h = 0u; h < p.heads; h++) {
      let at = (row * p.heads + h) * p.head;
      for (var c = lane; c < p.head; c += LANES) {
        let v = x[at + c];
        y[at + c] = v * cosine[table + c] + crossed(v) * (p.way * sine[table + c]);
      }
    }
  }
}
