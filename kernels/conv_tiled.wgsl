// conv_subgroup.wgsl through workgroup memory, as matmul_tiled.wgsl: WIDE x HIGH threads
// of TM x TN values each; STEP vec4s of one tap's channels are staged at a time.
const WIDE = 8u;
const HIGH = 8u;
const TM = 8u; // positions a thread, HIGH apart
const TN = 8u; // channels a thread, in runs of 4 neighbours
const STEP = 4u;
const THREADS = WIDE * HIGH;
const ROWS = HIGH * TM;
const COLUMNS = WIDE * TN;
const APART = THREADS / STEP; // rows of a tile that its threads stage at once
const LOADS = ROWS / APART;
const RUNS = TN / 4u;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> xs: array<vec4<f32>, STEP * ROWS>;
var<workgroup> ws: array<vec4<f32>, STEP * COLUMNS>;

@compute @workgroup_size(WIDE, HIGH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let quads = p.size.w;
  let area = p.grid.y * p.grid.z;
  let row = group.y * ROWS;
  let column = group.x * COLUMNS;
  let clip = group.z / p.grid.x * p.size.x;
  let n = 4u * p.grid.w;
  let length = p.taps.x * p.taps.y * p.taps.z * quads; // of a row of w
  let own = thread % STEP; // the vec4 of a step that this thread stages
  let first = thread / STEP; // and its first row
  var oh: array<u32, LOADS>;
  var ow: array<u32, LOADS>;
  var from_x: array<u32, LOADS>;
  var inside: array<bool, LOADS>;
  for (var i = 0u; i < LOADS; i++) {
    let r = min(row + first + i * APART, area - 1u);
    oh[i] = r / p.grid.z;
    ow[i] = r % p.grid.z;
  }
  var acc: array<array<f32, TN>, TM>;
  var a: array<vec4<f32>, TM>;
  var b: array<vec4<f32>, TN>;
  for (var kt = 0u; kt < p.taps.x; kt++) {
    let t = reads(group.z % p.grid.x, kt, 0u);
    if (t < 0) { continue; }
    for (var tap = 0u; tap < p.taps.y * p.taps.z; tap++) {
      for (var i = 0u; i < LOADS; i++) {
        let h = reads(oh[i], tap / p.taps.z, 1u);
        let c = reads(ow[i], tap % p.taps.z, 2u);
        inside[i] = h >= 0 && c >= 0;
        let at = ((clip + u32(t)) * p.size.y + u32(max(h, 0))) * p.size.z + u32(max(c, 0));
        from_x[i] = at * quads;
      }
      let from_w = (kt * p.taps.y * p.taps.z + tap) * quads;
      for (var k0 = 0u; k0 < quads; k0 += STEP) {
        let k = min(k0 + own, quads - 1u);
        for (var i = 0u; i < LOADS; i++) {
          xs[own * ROWS + first + i * APART] = select(vec4<f32>(), x[from_x[i] + k], inside[i] && k0 + own < quads);
        }
        for (var c = first; c < COLUMNS; c += APART) {
          // The four neighbours of a run lie apart, so that the threads of a row read side by side.
          ws[own * COLUMNS + (c % 4u) * (COLUMNS / 4u) + c / 4u] = w[min(column + c, n - 1u) * length + from_w + k];
        }
        workgroupBarrier();
        for (var s = 0u; s < STEP; s++) {
          /*unroll*/ for (var i = 0u; i < TM; i++) { a[i] = xs[s * ROWS + i * HIGH + local.y]; }
          /*unroll*/ for (var j = 0u; j < TN; j++) {
            b[j] = ws[s * COLUMNS + (j % 4u) * (COLUMNS / 4u) + (j / 4u) * WIDE + local.x];
          }
          /*unroll*/ for (var q = 0u; q < 4u; q++) {
            /*unroll*/ for (var i = 0u; i < TM; i++) {
              /*unroll*/ for (var j = 0u; j < TN; j++) { acc[i][j] = fma(a[i][q], b[j][q], acc[i][j]); }
            }
          }
        }
        workgroupBarrier();
      }
    }
  }
  /*unroll*/ for (var s = 0u; s < RUNS; s++) {
    let c = column + 4u * (s * WIDE + local.x);
    if (c < n) {
      var add = vec4<f32>();
      if (p.biased != 0u) { add = bias[c / 4u]; }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let r = row + i * HIGH + local.y;
        if (r < area) {
          y[(group.z * area + r) * p.grid.w + c / 4u] = add
            + vec4(acc[i][4u * s], acc[i][4u * s + 1u], acc[i][4u * s + 2u], acc[i][4u * s + 3u]);
        }
      }
    }
  }
}
