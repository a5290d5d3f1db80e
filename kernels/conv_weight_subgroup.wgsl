// dw[n, tap, c] = the sum of dy[m, n] x[what the tap of m reads, c] over a chunk of lines of dy.
// One subgroup owns TM channels n and 4 LANES channels c of one tap: each position gives one
// vector of dy, whose values subgroupBroadcast hands out, and one of x.
const LANES = 8u;
const TM = 32u;
const LOADS = (TM + 4u * LANES - 1u) / (4u * LANES);

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>; // [B, T, H, W, C]
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>; // [B, T', H', W', N]
@group(0) @binding(2) var<storage, read_write> dw: array<vec4<f32>>; // [chunks, N, taps, C]
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let taps = p.taps.x * p.taps.y * p.taps.z;
  let tap = group.y % taps;
  let kt = tap / (p.taps.y * p.taps.z);
  let kh = tap / p.taps.z % p.taps.y;
  let kw = tap % p.taps.z;
  let row = group.y / taps * TM;
  let column = group.x * LANES + lane;
  let from_x = min(column, p.size.w - 1u);
  var from_dy: array<u32, LOADS>;
  /*unroll*/ for (var i = 0u; i < LOADS; i++) {
    from_dy[i] = min(row / 4u + i * LANES + lane, p.grid.w - 1u);
  }
  var acc: array<vec4<f32>, TM>;
  var a: array<vec4<f32>, LOADS>;
  let end = min((group.z + 1u) * p.chunk, arrayLength(&dy) / (p.grid.z * p.grid.w));
  for (var line = group.z * p.chunk; line < end; line++) {
    let frame = line / p.grid.y;
    let t = reads(frame % p.grid.x, kt, 0u);
    let h = reads(line % p.grid.y, kh, 1u);
    if (t < 0 || h < 0) { continue; }
    let source = ((frame / p.grid.x * p.size.x + u32(t)) * p.size.y + u32(h)) * p.size.z;
    for (var o = 0u; o < p.grid.z; o++) {
      let c = reads(o, kw, 2u);
      if (c < 0) { continue; }
      let b = x[(source + u32(c)) * p.size.w + from_x];
      /*unroll*/ for (var i = 0u; i < LOADS; i++) { a[i] = dy[(line * p.grid.z + o) * p.grid.w + from_dy[i]]; }
      /*unroll*/ for (var i = 0u; i < TM / 4u; i++) {
        let v = subgroupBroadcast(a[i / LANES], i % LANES);
        /*unroll*/ for (var q = 0u; q < 4u; q++) { acc[4u * i + q] += v[q] * b; }
      }
    }
  }
  if (column < p.size.w) {
    let n = 4u * p.grid.w;
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      if (row + i < n) { dw[((group.z * n + row + i) * taps + tap) * p.size.w + column] = acc[i]; }
    }
  }
}
