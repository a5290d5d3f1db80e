// Some rounds of a sweep of the one-sided Jacobi method: every pair of vectors
// is rotated until it is orthogonal, with the rotation, where it is wanted,
// carried along behind the vectors. Pairs meet as in a round-robin tournament,
// so that the pairs of one round can be turned at the same time, by the
// subgroups of a workgroup or, in dispatches of one round, by several workgroups.
const TEAMS = 1u; // subgroups of a workgroup, a pair each
const TINY = 1e-30; // squares below belong to vectors of rounding noise

struct Params {
  count: u32, // vectors of a matrix
  body: u32, // Elems of a vector
  row: u32, // Elems of a row
  tolerance: f32, // on the cosine of two vectors
  from_round: u32,
  to_round: u32,
  share: u32, // pairs of a round that a workgroup turns
  sweep: u32,
  sweeps: u32,
}
@group(0) @binding(0) var<storage, read_write> rows: array<Elem>;
@group(0) @binding(1) var<storage, read_write> pending: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> needed: u32;

@compute @workgroup_size(LANES * TEAMS)
fn sweep(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let matrix = group.y;
  if (index == 0u) { needed = atomicLoad(&pending[matrix * (p.sweeps + 1u) + p.sweep]); }
  if (workgroupUniformLoad(&needed) == 0u) { return; }
  let seats = p.count + p.count % 2u; // with an odd count one sits out each round
  let end = min((group.x + 1u) * p.share, seats / 2u);
  for (var round = p.from_round; round < p.to_round; round++) {
    for (var pair = group.x * p.share; pair < end; pair += TEAMS) {
      let i = pair + index / LANES;
      let j = select((round + i) % (seats - 1u), seats - 1u, i == 0u);
      let k = (round + seats - 1u - i) % (seats - 1u);
      let plays = i < end && max(j, k) < p.count;
      turn(matrix, min(j, k), max(j, k), index % LANES, plays);
    }
    if (TEAMS > 1u) { storageBarrier(); }
  }
}

// Makes two vectors x and y orthogonal; all lanes come along, for the sums.
fn turn(matrix: u32, first: u32, second: u32, lane: u32, plays: bool) {
  let at = (matrix * p.count + first) * p.row;
  let by = (matrix * p.count + second) * p.row;
  let body = select(0u, p.body, plays);
  var xx = Elem(0.0);
  var yy = Elem(0.0);
  var xy = Elem(0.0);
  for (var c = lane; c < body; c += LANES) {
    let x = rows[at + c];
    let y = rows[by + c];
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  let a = row_sum(total(xx), lane);
  let b = row_sum(total(yy), lane);
  let d = row_sum(total(xy), lane);
  if (!plays || min(a, b) < TINY || abs(d) <= p.tolerance * sqrt(a) * sqrt(b)) { return; }
  // tan t of the smaller angle solves t^2 + 2 z t - 1 = 0.
  let z = (b - a) / (2.0 * d);
  var t = 0.5 / z;
  if (abs(z) < 1e8) { t = select(-1.0, 1.0, z >= 0.0) / (abs(z) + sqrt(1.0 + z * z)); }
  let cosine = 1.0 / sqrt(1.0 + t * t);
  let sine = cosine * t;
  let tau = sine / (1.0 + cosine);
  for (var c = lane; c < p.row; c += LANES) {
    let x = rows[at + c];
    let y = rows[by + c];
    rows[at + c] = x - sine * (y + tau * x);
    rows[by + c] = y + sine * (x - tau * y);
  }
  if (lane == 0u) { atomicStore(&pending[matrix * (p.sweeps + 1u) + p.sweep + 1u], 1u); }
}
