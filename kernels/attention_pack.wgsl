// Rows of heads as attention_forward.wgsl wants them: x [B, L, H, Dh] to words [B, H, L, Dh],
// zeros at the end of a row up to its last load. f32 stays, f16 rounds, int8 divides a row by its scale:
//   scale = max |x - mean| / 127,   word = four of round((x - mean) / scale).
// The mean of all keys changes no softmax: a query's scores all lose the same.
// A lane holds four vec4s of a row, so that Dh <= 16 LANES.
const PACK = 2u; // numbers a word: 1 is f32, 2 f16, 4 int8
const STORES = 4u / PACK; // of 16 bytes a lane

struct Params {
  rows: u32, // B L H
  walk: u32, // rows a workgroup
  tokens: u32, // L
  heads: u32,
  quads: u32, // Dh / 4
  loads: u32, // of 16 bytes in a packed row
  share: f32, // what makes a mean of the sums: 1 / L, or 0 to take none
  offset: u32, // where the scales begin
}
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> sums: array<vec4<f32>>; // over L: [B, H, Dh]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>; // of int8: [B, H, L]
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let token = row / p.heads;
    let head = token / p.tokens * p.heads + row % p.heads;
    let to = head * p.tokens + token % p.tokens;
    var v: array<vec4<f32>, 4>;
    /*unroll*/ for (var s = 0u; s < STORES; s++) {
      /*unroll*/ for (var e = 0u; e < PACK; e++) {
        let quad = (s * LANES + lane) * PACK + e;
        let at = min(quad, p.quads - 1u);
        v[s * PACK + e] = x[row * p.quads + at];
        if (PACK == 4u) { v[e] -= p.share * sums[head * p.quads + at]; }
        if (quad >= p.quads) { v[s * PACK + e] = vec4(0.0); }
      }
    }
    if (PACK == 4u) {
      let most = max(max(abs(v[0]), abs(v[1])), max(abs(v[2]), abs(v[3])));
      let scale = max(row_max(largest(most), lane) / 127.0, 1e-30);
      let codes = vec4(int8(v[0], scale), int8(v[1], scale), int8(v[2], scale), int8(v[3], scale));
      if (lane < p.loads) { y[to * p.loads + lane] = codes; }
      if (lane == 0u) { scales[p.offset + to] = scale; }
    } else {
      /*unroll*/ for (var s = 0u; s < STORES; s++) {
        var words = bitcast<vec4<u32>>(v[s]);
        if (PACK == 2u) { words = vec4(half(v[2u * s % 4u]), half(v[(2u * s + 1u) % 4u])); }
        let at = s * LANES + lane;
        if (at < p.loads) { y[to * p.loads + at] = words; }
      }
    }
  }
}

fn int8(v: vec4<f32>, scale: f32) -> u32 {
  return pack4xI8(vec4<i32>(round(v / scale)));
}

fn half(v: vec4<f32>) -> vec2<u32> {
  let near = clamp(v, vec4(-65504.0), vec4(65504.0));
  return vec2(pack2x16float(near.xy), pack2x16float(near.zw));
}
