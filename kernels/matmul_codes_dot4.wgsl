// Products of codes, x [M, K] by w [N, K], four at a time on signed bytes and
// staged through workgroup memory: needs no subgroups. Codes of up to 8 bits;
// narrower ones stand in the high bits of their bytes.
const TM = 8u; // tokens a thread
const BYTES = false; // x holds bytes, else nibbles
const SIDE = 8u; // threads along both axes
const ROWS = SIDE * TM;
const COLUMNS = SIDE * 8u;
const HIGH = 0xf0f0f0f0u;

@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;

// The even and the odd codes of a block of 32, or its bytes in two halves.
var<workgroup> x_even: array<vec4<u32>, ROWS>;
var<workgroup> x_odd: array<vec4<u32>, ROWS>;
var<workgroup> w_even: array<vec4<u32>, COLUMNS>;
var<workgroup> w_odd: array<vec4<u32>, COLUMNS>;

fn dots(a: vec4<u32>, b: vec4<u32>) -> i32 {
  return (dot4I8Packed(a.x, b.x) + dot4I8Packed(a.y, b.y)) + (dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w));
}

// The whole number of a sum of products of bytes.
fn unscaled(sum: vec4<i32>) -> vec4<i32> { return sum >> vec4(W_SHIFT + select(4u, 0u, BYTES)); }

@compute @workgroup_size(SIDE * SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * ROWS;
  let column = group.x * COLUMNS;
  let right = 4u * (thread % SIDE); // first of this thread's outputs
  let down = thread / SIDE; // first of its tokens, then each SIDE further
  var acc: array<array<vec4<i32>, 2>, TM>;
  var scaled: array<array<vec4<f32>, 2>, TM>; // if grouped
  for (var g = 0u; g < groups_of_row(); g++) {
    for (var k = g * p.group; k < min((g + 1u) * p.group, p.blocks); k++) {
      for (var i = thread; i < ROWS; i += SIDE * SIDE) {
        let at = (p.first + min(row + i, p.m - 1u)) * p.blocks + k;
        if (BYTES) {
          x_even[i] = x[2u * at];
          x_odd[i] = x[2u * at + 1u];
        } else {
          let v = x[at];
          x_even[i] = (v << vec4(4u)) & vec4(HIGH);
          x_odd[i] = v & vec4(HIGH);
        }
      }
      let v = weight_bytes(min(column + thread, p.n - 1u), k);
      w_even[thread] = v[0];
      w_odd[thread] = v[1];
      workgroupBarrier();
      var even: array<vec4<u32>, 8>;
      var odd: array<vec4<u32>, 8>;
      /*unroll*/ for (var j = 0u; j < 8u; j++) {
        even[j] = w_even[right + SIDE * 4u * (j / 4u) + j % 4u];
        odd[j] = w_odd[right + SIDE * 4u * (j / 4u) + j % 4u];
      }
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let a = x_even[down + SIDE * i];
        let b = x_odd[down + SIDE * i];
        /*unroll*/ for (var j = 0u; j < 8u; j++) { acc[i][j / 4u][j % 4u] += dots(a, even[j]) + dots(b, odd[j]); }
      }
      workgroupBarrier();
    }
    if (GROUPED) {
      /*unroll*/ for (var run = 0u; run < 2u; run++) {
        let o = outputs_of(column + right + 4u * SIDE * run, g);
        /*unroll*/ for (var i = 0u; i < TM; i++) {
          let own = token_sums[(p.first + min(row + down + SIDE * i, p.m - 1u)) * groups_of_row() + g];
          scaled[i][run] += o.scale * vec4<f32>(unscaled(acc[i][run])) + own * zero_part(o);
          acc[i][run] = vec4<i32>();
        }
      }
    }
  }
  /*unroll*/ for (var run = 0u; run < 2u; run++) {
    let c = column + right + 4u * SIDE * run;
    let o = outputs_of(c, 0u);
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let r = row + down + SIDE * i;
      if (r < p.m && c < p.n) {
        var v: vec4<f32>;
        if (GROUPED) { v = value_of_groups(scaled[i][run], token[p.first + r], o); } else { v = value(unscaled(acc[i][run]), token[p.first + r], o); }
        store(r, c, finish(v, r, c));
      }
    }
  }
}
