// Rows of heads as attention_forward.wgsl wants them: x [B, L, H, Dh] to words [B, H, L, Dh],
// zeros at the end of a row up to its last load. f32 stays, f16 rounds, int8 divides a row by its scale:
//   scale = max |x - mean| / 127,   word = four of round((x - mean) / scale).
// The mean of all keys changes no softmax: a query's scores all lose the same.
const BITS = 16u; // a number: 32, 16 or 8

struct Params {
  rows: u32, // B L H
  columns: u32, // Dh / 4
  walk: u32, // rows a workgroup
  tokens: u32, // L
  heads: u32,
  words: u32, // of a row
  share: f32, // what makes a mean of the sums: 1 / L, or 0 to take none
  offset: u32, // where the scales begin
}
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> sums: array<vec4<f32>>; // over L: [B, H, Dh]
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>; // of int8: [B, H, L]
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn pack(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    let token = row / p.heads;
    let head = token / p.tokens * p.heads + row % p.heads;
    let to = head * p.tokens + token % p.tokens;
    if (BITS == 8u) {
      let mean = head * p.columns;
      var most = vec4(0.0);
      for (var c = lane; c < p.columns; c += LANES) {
        most = max(most, abs(x[at + c] - p.share * sums[mean + c]));
      }
      let scale = max(row_max(largest(most), lane) / 127.0, 1e-30);
      for (var c = lane; c < p.words; c += LANES) {
        var v = vec4(0.0);
        if (c < p.columns) { v = (x[at + c] - p.share * sums[mean + c]) / scale; }
        y[to * p.words + c] = pack4xI8(vec4<i32>(round(v)));
      }
      if (lane == 0u) { scales[p.offset + to] = scale; }
    } else if (BITS == 16u) {
      for (var c = lane; 2u * c < p.words; c += LANES) {
        var v = vec4(0.0);
        if (c < p.columns) { v = clamp(x[at + c], vec4(-65504.0), vec4(65504.0)); }
        y[to * p.words + 2u * c] = pack2x16float(v.xy);
        y[to * p.words + 2u * c + 1u] = pack2x16float(v.zw);
      }
    } else {
      for (var c = lane; c < p.columns; c += LANES) {
        let v = bitcast<vec4<u32>>(x[at + c]);
        /*unroll*/ for (var u = 0u; u < 4u; u++) { y[to * p.words + 4u * c + u] = v[u]; }
      }
    }
  }
}
