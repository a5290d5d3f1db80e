// GroupNorm of clips, channels last: x [B, rows, C], each group of neighbouring channels with one
// mean and deviation over all rows of a clip. Statistics in two stages with a fixed order, written
// out for every channel: stats = means [B, C], then 1 / deviations [B, C].
const GAIN = false;
const SHIFT = false;
const SILU = false; // whether y goes through SiLU
const SPATIAL = false; // whether y is scaled and moved by what `zq` says of its place
const SPAN = 4u; // Elems a lane in `moments`

struct Params {
  rows: u32, // of all clips
  columns: u32, // C in Elems
  walk: u32, // rows a group takes in `forward` and `backward`
  span: u32, // rows of a clip
  chunk: u32, // rows of one partial sum
  chunks: u32, // of a clip
  groups: u32,
  channels: u32, // of a group
  eps: f32,
  grid: vec4<u32>, // frames, rows, columns of x; whether its first frame stands apart
  coarse: vec4<u32>, // frames, rows, columns of zq
}

@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read_write> partial: array<Elem>; // means, then squares: [clip, chunk, C] each
@group(0) @binding(2) var<storage, read> partials: array<f32>;
@group(0) @binding(3) var<storage, read_write> stats: array<f32>;
@group(0) @binding(4) var<storage, read> seen: array<Elem>; // stats
@group(0) @binding(5) var<storage, read> gain: array<Elem>;
@group(0) @binding(6) var<storage, read> shift: array<Elem>;
@group(0) @binding(7) var<storage, read> zq: array<Elem>; // [B, coarse grid, 2 C]: factors, then terms
@group(0) @binding(8) var<storage, read_write> y: array<Elem>;
@group(0) @binding(9) var<storage, read> dy: array<Elem>;
@group(0) @binding(10) var<storage, read> means: array<Elem>; // of dy gain, of dy gain n: [B, C] each
@group(0) @binding(11) var<storage, read_write> dx: array<Elem>;
@group(0) @binding(12) var<uniform> p: Params;

// The mean of a chunk of rows, and the squares about it, by sums about its first row,
// which lose no digits where the mean is far from 0.
@compute @workgroup_size(LANES)
fn moments(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = group.z * p.span + group.y * p.chunk;
  let end = min(start + p.chunk, (group.z + 1u) * p.span);
  var sums: array<Elem, SPAN>;
  var squares: array<Elem, SPAN>;
  var origin: array<Elem, SPAN>;
  var c: array<u32, SPAN>;
  /*unroll*/ for (var u = 0u; u < SPAN; u++) {
    c[u] = min((group.x * SPAN + u) * LANES + lane, p.columns - 1u);
    origin[u] = x[start * p.columns + c[u]];
  }
  for (var row = start; row < end; row++) {
    /*unroll*/ for (var u = 0u; u < SPAN; u++) {
      let d = x[row * p.columns + c[u]] - origin[u];
      sums[u] += d;
      squares[u] += d * d;
    }
  }
  let n = f32(end - start);
  /*unroll*/ for (var u = 0u; u < SPAN; u++) {
    if ((group.x * SPAN + u) * LANES + lane < p.columns) {
      let at = (group.z * p.chunks + group.y) * p.columns + c[u];
      partial[at] = origin[u] + sums[u] / n;
      partial[at + groups.z * p.chunks * p.columns] = squares[u] - sums[u] * sums[u] / n;
    }
  }
}

// One group of channels of one clip: what its chunks say, put together.
@compute @workgroup_size(LANES)
fn statistics(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let items = p.chunks * p.channels;
  let channels = p.groups * p.channels;
  let first = group.y * p.chunks * channels + group.x * p.channels;
  let squares_at = groups.y * p.chunks * channels;
  let total_rows = f32(p.span) * f32(p.channels);
  var sum = 0.0;
  for (var i = lane; i < items; i += LANES) {
    sum += partials[first + i / p.channels * channels + i % p.channels] * rows_of(i / p.channels);
  }
  let mean = row_sum(sum, lane) / total_rows;
  var squares = 0.0;
  for (var i = lane; i < items; i += LANES) {
    let at = first + i / p.channels * channels + i % p.channels;
    let off = partials[at] - mean;
    squares += partials[squares_at + at] + rows_of(i / p.channels) * off * off;
  }
  let rstd = 1.0 / sqrt(row_sum(squares, lane) / total_rows + p.eps);
  for (var c = lane; c < p.channels; c += LANES) {
    let at = group.y * channels + group.x * p.channels + c;
    stats[at] = mean;
    stats[groups.y * channels + at] = rstd;
  }
}

fn rows_of(chunk: u32) -> f32 {
  return f32(min(p.chunk, p.span - chunk * p.chunk));
}

// Where zq tells of a row of x: the nearest place of the coarse grid.
fn coarse_row(row: u32) -> u32 {
  let h = row / p.grid.z % p.grid.y;
  let t = row / p.grid.z / p.grid.y % p.grid.x;
  let clip = row / p.span;
  var at = t * p.coarse.x / p.grid.x;
  if (p.grid.w != 0u) {
    at = select(0u, 1u + (max(t, 1u) - 1u) * (p.coarse.x - 1u) / (p.grid.x - 1u), t > 0u);
  }
  let line = (clip * p.coarse.x + at) * p.coarse.y + h * p.coarse.y / p.grid.y;
  return line * p.coarse.z + row % p.grid.z * p.coarse.z / p.grid.z;
}

@compute @workgroup_size(LANES)
fn forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  let deviations = p.rows / p.span * p.columns;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let clip = row / p.span * p.columns;
    var place = 0u;
    if (SPATIAL) { place = coarse_row(row) * 2u * p.columns; }
    for (var c = lane; c < p.columns; c += LANES) {
      var v = (x[row * p.columns + c] - seen[clip + c]) * seen[deviations + clip + c];
      if (GAIN) { v *= gain[c]; }
      if (SHIFT) { v += shift[c]; }
      if (SPATIAL) { v = v * zq[place + c] + zq[place + p.columns + c]; }
      if (SILU) { v /= 1.0 + exp(-clamp(v, Elem(-80.0), Elem(80.0))); }
      y[row * p.columns + c] = v;
    }
  }
}

// With g = dy gain: dx = rstd (g - mean(g) - n mean(g n)).
@compute @workgroup_size(LANES)
fn backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  let second = p.rows / p.span * p.columns;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let clip = row / p.span * p.columns;
    for (var c = lane; c < p.columns; c += LANES) {
      let rstd = seen[second + clip + c];
      let n = (x[row * p.columns + c] - seen[clip + c]) * rstd;
      var g = dy[row * p.columns + c];
      if (GAIN) { g *= gain[c]; }
      dx[row * p.columns + c] = rstd * (g - means[clip + c] - n * means[second + clip + c]);
    }
  }
}
