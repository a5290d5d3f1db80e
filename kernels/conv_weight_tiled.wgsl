// conv_weight_subgroup.wgsl through workgroup memory: SIDE x SIDE threads of 4 RUNS x 4 RUNS
// values each; STEP positions are staged at a time.
const SIDE = 8u;
const RUNS = 2u; // runs of 4 channels a thread, SIDE apart
const STEP = 8u;
const THREADS = SIDE * SIDE;
const QUADS = SIDE * RUNS; // of a tile, along n and along c
const TILE = 4u * RUNS;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>; // [B, T, H, W, C]
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>; // [B, T', H', W', N]
@group(0) @binding(2) var<storage, read_write> dw: array<vec4<f32>>; // [chunks, N, taps, C]
@group(0) @binding(3) var<uniform> p: Params;

var<workgroup> xs: array<vec4<f32>, STEP * QUADS>;
var<workgroup> ys: array<vec4<f32>, STEP * QUADS>;

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let taps = p.taps.x * p.taps.y * p.taps.z;
  let tap = group.y % taps;
  let kt = tap / (p.taps.y * p.taps.z);
  let kh = tap / p.taps.z % p.taps.y;
  let kw = tap % p.taps.z;
  let row = group.y / taps * QUADS;
  let column = group.x * QUADS;
  var acc: array<vec4<f32>, RUNS * TILE>;
  var a: array<vec4<f32>, RUNS>;
  var b: array<vec4<f32>, RUNS>;
  let lines = arrayLength(&dy) / (p.grid.z * p.grid.w);
  let end = min((group.z + 1u) * p.chunk, lines) * p.grid.z;
  for (var m0 = group.z * p.chunk * p.grid.z; m0 < end; m0 += STEP) {
    for (var i = thread; i < STEP * QUADS; i += THREADS) {
      let m = min(m0 + i / QUADS, end - 1u);
      let line = m / p.grid.z;
      let frame = line / p.grid.y;
      let t = reads(frame % p.grid.x, kt, 0u);
      let h = reads(line % p.grid.y, kh, 1u);
      let c = reads(m % p.grid.z, kw, 2u);
      let inside = t >= 0 && h >= 0 && c >= 0 && m0 + i / QUADS < end;
      let source = (frame / p.grid.x * p.size.x + u32(max(t, 0))) * p.size.y + u32(max(h, 0));
      let at = (source * p.size.z + u32(max(c, 0))) * p.size.w;
      xs[i] = select(vec4<f32>(), x[at + min(column + i % QUADS, p.size.w - 1u)], inside);
      ys[i] = dy[m * p.grid.w + min(row + i % QUADS, p.grid.w - 1u)];
    }
    workgroupBarrier();
    for (var s = 0u; s < STEP; s++) {
      /*unroll*/ for (var i = 0u; i < RUNS; i++) { a[i] = ys[s * QUADS + i * SIDE + local.y]; }
      /*unroll*/ for (var j = 0u; j < RUNS; j++) { b[j] = xs[s * QUADS + j * SIDE + local.x]; }
      /*unroll*/ for (var i = 0u; i < TILE; i++) {
        /*unroll*/ for (var j = 0u; j < RUNS; j++) { acc[i * RUNS + j] += a[i / 4u][i % 4u] * b[j]; }
      }
    }
    workgroupBarrier();
  }
  let n = 4u * p.grid.w;
  /*unroll*/ for (var i = 0u; i < TILE; i++) {
    let r = 4u * (row + i / 4u * SIDE + local.y) + i % 4u;
    /*unroll*/ for (var j = 0u; j < RUNS; j++) {
      let c = column + j * SIDE + local.x;
      if (r < n && c < p.size.w) { dw[((group.z * n + r) * taps + tap) * p.size.w + c] = acc[i * RUNS + j]; }
    }
  }
}
