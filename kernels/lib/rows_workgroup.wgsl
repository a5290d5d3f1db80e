// One workgroup owns a row and reduces through its memory, in a fixed order.
const LANES = 64u; // a power of two

var<workgroup> cells: array<f32, LANES>;
var<workgroup> counts: array<u32, LANES>;

fn row_sum(v: f32, lane: u32) -> f32 {
  cells[lane] = v;
  for (var n = LANES / 2u; n > 0u; n /= 2u) {
    workgroupBarrier();
    if (lane < n) { cells[lane] += cells[lane + n]; }
  }
  return workgroupUniformLoad(&cells[0]);
}

fn row_max(v: f32, lane: u32) -> f32 {
  cells[lane] = v;
  for (var n = LANES / 2u; n > 0u; n /= 2u) {
    workgroupBarrier();
    if (lane < n) { cells[lane] = max(cells[lane], cells[lane + n]); }
  }
  return workgroupUniformLoad(&cells[0]);
}

fn row_min(v: f32, lane: u32) -> f32 { return -row_max(-v, lane); }

fn row_count(v: u32, lane: u32) -> u32 {
  counts[lane] = v;
  for (var n = LANES / 2u; n > 0u; n /= 2u) {
    workgroupBarrier();
    if (lane < n) { counts[lane] += counts[lane + n]; }
  }
  return workgroupUniformLoad(&counts[0]);
}
