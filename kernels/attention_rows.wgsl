// What the backward pass wants to know of each row: log-sum-exp and delta = sum do o of every
// query, and whether a key counts. One buffer, because bindings are scarce.
struct Params {
  lq: u32,
  lk: u32,
  heads: u32,
  quads: u32, // Dh / 4
  masked: u32,
}

@group(0) @binding(0) var<storage, read> o: array<vec4<f32>>; // [B, Lq, H, Dh]
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>; // [B, H, Lq]
@group(0) @binding(3) var<storage, read> mask: array<f32>; // [B, Lk]
@group(0) @binding(4) var<storage, read_write> rows: array<f32>; // lse, delta [B, H, Lq, 2]; then keep [B, Lk]
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let queries = arrayLength(&lse);
  if (i >= queries) {
    let at = queries + i;
    if (at >= arrayLength(&rows)) { return; }
    var keep = 1.0;
    if (p.masked != 0u) { keep = mask[i - queries]; }
    rows[at] = keep;
    return;
  }
  // Neighbours take neighbouring heads of a token, which lie side by side.
  let head = i % p.heads;
  let token = i / p.heads;
  var sum = vec4<f32>();
  for (var d = 0u; d < p.quads; d++) { sum = fma(o[i * p.quads + d], dy[i * p.quads + d], sum); }
  let row = (token / p.lq * p.heads + head) * p.lq + token % p.lq;
  rows[2u * row] = lse[row];
  rows[2u * row + 1u] = (sum.x + sum.y) + (sum.z + sum.w);
}
