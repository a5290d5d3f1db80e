// Products of codes, x [M, K] by w [N, K], four at a time on signed bytes and
// staged through workgroup memory: needs no subgroups. Codes of up to 8 bits;
// narrower ones stand in the high bits of their bytes. SLICES squares of
// threads share one tile: each walks its own blocks of K, so that products of
// few tiles fill a GPU too, and a barrier serves SLICES blocks.
const TM = 8u; // tokens a thread
const SLICES = 1u; // squares of threads, a power of two
const BYTES = false; // x holds bytes, else nibbles
const SIDE = 8u; // threads along both axes of a square
const SQUARE = SIDE * SIDE;
const ROWS = SIDE * TM;
const COLUMNS = SIDE * 8u;
const KEPT = (TM + SLICES - 1u) / SLICES; // tokens of a thread that its slice finishes
const HIGH = 0xf0f0f0f0u;

@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;

// The even, then the odd codes of a block of 32 of each slice, or its bytes in
// two halves; at the end of the walk ws holds sums on their way between slices.
var<workgroup> xs: array<vec4<u32>, SLICES * 2u * ROWS>;
var<workgroup> ws: array<vec4<u32>, SLICES * 2u * COLUMNS>;

// One after the other, which compilers turn into sums of the instruction itself.
fn add_dots(a: vec4<u32>, b: vec4<u32>, sum: i32) -> i32 {
  return dot4I8Packed(a.w, b.w) + (dot4I8Packed(a.z, b.z) + (dot4I8Packed(a.y, b.y) + (dot4I8Packed(a.x, b.x) + sum)));
}

// The whole number of a sum of products of bytes.
fn unscaled(sum: vec4<i32>) -> vec4<i32> { return sum >> vec4(W_SHIFT + select(4u, 0u, BYTES)); }

@compute @workgroup_size(SQUARE * SLICES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let slice = index / SQUARE;
  let thread = index % SQUARE;
  let row = group.y * ROWS;
  let column = group.x * COLUMNS;
  let right = 4u * (thread % SIDE); // first of this thread's outputs
  let down = thread / SIDE; // first of its tokens, then each SIDE further
  let x_at = slice * 2u * ROWS;
  let w_at = slice * 2u * COLUMNS;
  // Weights lie in the order in which threads read them: four outputs of each
  // of SIDE threads side by side. A thread fetches the row whose place is its own.
  let fetched = column + 4u * (thread % SIDE) + (thread / SIDE) % 4u + 4u * SIDE * (thread / (4u * SIDE));
  var acc: array<array<vec4<i32>, 2>, TM>;
  var scaled: array<array<vec4<f32>, 2>, TM>; // if grouped
  // Slices take turns in the blocks of a row, or in its groups.
  var walk = (p.blocks + SLICES - 1u) / SLICES;
  if (GROUPED) { walk = (spans_of_row() + SLICES - 1u) / SLICES * p.span; }
  for (var step = 0u; step < walk; step++) {
    var g = 0u;
    var k = step * SLICES + slice;
    if (GROUPED) {
      g = step / p.span * SLICES + slice;
      k = g * p.span + step % p.span;
    }
    let inside = k < p.blocks;
    for (var i = thread; i < ROWS; i += SQUARE) {
      var v = array<vec4<u32>, 2>();
      if (inside) {
        let at = (p.first + min(row + i, p.m - 1u)) * p.blocks + k;
        if (BYTES) {
          v = array(x[2u * at], x[2u * at + 1u]);
        } else {
          let codes = x[at];
          v = array((codes << vec4(4u)) & vec4(HIGH), codes & vec4(HIGH));
        }
      }
      xs[x_at + i] = v[0];
      xs[x_at + ROWS + i] = v[1];
    }
    // What lies beyond the row meets zeros of x.
    let v = weight_bytes(min(fetched, p.n - 1u), min(k, p.blocks - 1u));
    ws[w_at + thread] = v[0];
    ws[w_at + COLUMNS + thread] = v[1];
    workgroupBarrier();
    for (var half = 0u; half < 2u; half++) {
      var b: array<vec4<u32>, 8>;
      /*unroll*/ for (var j = 0u; j < 8u; j++) { b[j] = ws[w_at + half * COLUMNS + SIDE * j + thread % SIDE]; }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let a = xs[x_at + half * ROWS + down + SIDE * i];
        /*unroll*/ for (var j = 0u; j < 8u; j++) { acc[i][j / 4u][j % 4u] = add_dots(a, b[j], acc[i][j / 4u][j % 4u]); }
      }
    }
    workgroupBarrier();
    if (GROUPED) {
      if (inside && (step % p.span == p.span - 1u || k == p.blocks - 1u)) {
        /*unroll*/ for (var run = 0u; run < 2u; run++) {
          let o = outputs_of(column + right + 4u * SIDE * run, g);
          /*unroll*/ for (var i = 0u; i < TM; i++) {
            let own = token_sums[(p.first + min(row + down + SIDE * i, p.m - 1u)) * spans_of_row() + g];
            scaled[i][run] += o.scale * vec4<f32>(unscaled(acc[i][run])) + own * zero_part(o);
            acc[i][run] = vec4<i32>();
          }
        }
      }
    }
  }
  var whole: array<array<vec4<i32>, 2>, KEPT>;
  var grouped: array<array<vec4<f32>, 2>, KEPT>;
  if (SLICES > 1u) {
    // Token i of the threads of all slices comes together in slice i % SLICES.
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      /*unroll*/ for (var run = 0u; run < 2u; run++) {
        var v = bitcast<vec4<u32>>(acc[i][run]);
        if (GROUPED) { v = bitcast<vec4<u32>>(scaled[i][run]); }
        ws[(2u * slice + run) * SQUARE + thread] = v;
      }
      workgroupBarrier();
      if (slice == i % SLICES) {
        /*unroll*/ for (var run = 0u; run < 2u; run++) {
          /*unroll*/ for (var from = 0u; from < SLICES; from++) {
            let v = ws[(2u * from + run) * SQUARE + thread];
            if (GROUPED) { grouped[i / SLICES][run] += bitcast<vec4<f32>>(v); } else { whole[i / SLICES][run] += bitcast<vec4<i32>>(v); }
          }
        }
      }
      workgroupBarrier();
    }
  } else {
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      whole[i / SLICES] = acc[i];
      grouped[i / SLICES] = scaled[i];
    }
  }
  /*unroll*/ for (var run = 0u; run < 2u; run++) {
    let c = column + right + 4u * SIDE * run;
    let o = outputs_of(c, 0u);
    /*unroll*/ for (var i = 0u; i < KEPT; i++) {
      let r = row + down + SIDE * (i * SLICES + slice);
      if (i * SLICES + slice < TM && r < p.m && c < p.n) {
        var v: vec4<f32>;
        if (GROUPED) { v = value_of_groups(grouped[i][run], token[p.first + r], o); } else { v = value(unscaled(whole[i][run]), token[p.first + r], o); }
        store(r, c, finish(v, r, c));
      }
    }
  }
}
