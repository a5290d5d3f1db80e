// Two arrays walked over one index space by strides: items in order, their
// coordinates c counted from the innermost axis, the arrays at c . s and c . t.
// To be appended to a kernel whose Params have count, and n, s, t for up to 8 axes.
const RANK = 1u;
const LANES = 64u;
const TURNS = 4u; // items a lane

fn axis(low: vec4<u32>, high: vec4<u32>, k: u32) -> u32 {
  return select(low[k & 3u], high[k & 3u], k > 3u);
}

// Where item i is in both arrays, which begin at `start`.
fn place(i: u32, start: vec2<u32>) -> vec2<u32> {
  var rest = i;
  var at = start;
  /*unroll*/ for (var k = 0u; k < RANK; k++) {
    var c = rest;
    if (k + 1u < RANK) {
      let n = axis(p.n_low, p.n_high, k);
      rest = c / n;
      c -= rest * n;
    }
    at += c * vec2(axis(p.s_low, p.s_high, k), axis(p.t_low, p.t_high, k));
  }
  return at;
}

fn first(group: vec3<u32>, groups: vec3<u32>, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * (LANES * TURNS) + lane;
}
