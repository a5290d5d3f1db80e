// One workgroup owns a row and reduces through its memory, in a fixed order.
const LANES = 64u; // 2^HALVINGS
const HALVINGS = 6u; // written out: software drivers may end a thread after 65535 turns of its loops

var<workgroup> cells: array<f32, LANES>;
var<workgroup> counts: array<u32, LANES>;

fn row_sum(v: f32, lane: u32) -> f32 {
  cells[lane] = v;
  /*unroll*/ for (var n = 0u; n < HALVINGS; n++) {
    let half = (LANES / 2u) >> n;
    workgroupBarrier();
    if (lane < half) { cells[lane] += cells[lane + half]; }
  }
  return workgroupUniformLoad(&cells[0]);
}

fn row_max(v: f32, lane: u32) -> f32 {
  cells[lane] = v;
  /*unroll*/ for (var n = 0u; n < HALVINGS; n++) {
    let half = (LANES / 2u) >> n;
    workgroupBarrier();
    if (lane < half) { cells[lane] = max(cells[lane], cells[lane + half]); }
  }
  return workgroupUniformLoad(&cells[0]);
}

fn row_min(v: f32, lane: u32) -> f32 { return -row_max(-v, lane); }

fn row_count(v: u32, lane: u32) -> u32 {
  counts[lane] = v;
  /*unroll*/ for (var n = 0u; n < HALVINGS; n++) {
    let half = (LANES / 2u) >> n;
    workgroupBarrier();
    if (lane < half) { counts[lane] += counts[lane + half]; }
  }
  return workgroupUniformLoad(&counts[0]);
}
