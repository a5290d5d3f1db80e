// Products of codes, x [M, K] by w [N, K], four at a time on bytes and staged
// through workgroup memory: needs no subgroups. Tokens of up to 8 bits.
const TM = 8u; // tokens a thread
const BYTES = false; // x holds bytes, else nibbles
const SIDE = 8u; // threads along both axes
const ROWS = SIDE * TM;
const COLUMNS = SIDE * 8u;
const NIBBLES = 0x0f0f0f0fu;

@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;

// The even and the odd codes of a block of 32, as bytes.
var<workgroup> x_even: array<vec4<u32>, ROWS>;
var<workgroup> x_odd: array<vec4<u32>, ROWS>;
var<workgroup> w_even: array<vec4<u32>, COLUMNS>;
var<workgroup> w_odd: array<vec4<u32>, COLUMNS>;

fn dots(a: vec4<u32>, b: vec4<u32>) -> u32 {
  return (dot4U8Packed(a.x, b.x) + dot4U8Packed(a.y, b.y)) + (dot4U8Packed(a.z, b.z) + dot4U8Packed(a.w, b.w));
}

@compute @workgroup_size(SIDE * SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * ROWS;
  let column = group.x * COLUMNS;
  let right = 4u * (thread % SIDE); // first of this thread's outputs
  let down = thread / SIDE; // first of its tokens, then each SIDE further
  var acc: array<array<u32, 8>, TM>;
  for (var k = 0u; k < p.blocks; k++) {
    for (var i = thread; i < ROWS; i += SIDE * SIDE) {
      let at = min(row + i, p.m - 1u) * p.blocks + k;
      if (BYTES) {
        x_even[i] = x[2u * at];
        x_odd[i] = x[2u * at + 1u];
      } else {
        let v = x[at];
        x_even[i] = v & vec4(NIBBLES);
        x_odd[i] = (v >> vec4(4u)) & vec4(NIBBLES);
      }
    }
    let v = weight_block(min(column + thread, p.n - 1u), k);
    w_even[thread] = v & vec4(NIBBLES);
    w_odd[thread] = (v >> vec4(4u)) & vec4(NIBBLES);
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
      /*unroll*/ for (var j = 0u; j < 8u; j++) { acc[i][j] += dots(a, even[j]) + dots(b, odd[j]); }
    }
    workgroupBarrier();
  }
  /*unroll*/ for (var half = 0u; half < 8u; half += 4u) {
    let c = column + right + SIDE * half;
    let o = outputs(c);
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      store(row + down + SIDE * i, c, vec4(acc[i][half], acc[i][half + 1u], acc[i][half + 2u], acc[i][half + 3u]), o);
    }
  }
}
