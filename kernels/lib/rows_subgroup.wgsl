// One subgroup is one workgroup and owns a row: reductions need no memory.
const LANES = 8u; // the adapter's subgroup size

fn row_sum(v: f32, lane: u32) -> f32 { return subgroupAdd(v); }
fn row_max(v: f32, lane: u32) -> f32 { return subgroupMax(v); }
fn row_min(v: f32, lane: u32) -> f32 { return subgroupMin(v); }
fn row_count(v: u32, lane: u32) -> u32 { return subgroupAdd(v); }
