// Quantises activations token by token for the products over codes, with the
// grid s, z of lib/token_grid.wgsl, under SETS of ranges at once: x is read from
// memory once, then from the cache. Codes are signed, q less half of what they
// can hold, and lie in blocks of 32 along a row, zeros behind its end:
//   4 words of 8 nibbles, or
//   8 words of bytes: codes 0 2 4 6, 8 10 .. of the block, then the odd ones;
//     else codes 0 1 2 3, 8 9 .., then 4 5 6 7, 12 13 ..
// A token also gets s, z (less that half) and sum(q - z), from which
// products take the zero points out.
struct Params {
  rows: u32,
  columns: u32, // in Elems
  walk: u32, // rows a workgroup
  tokens: u32, // rows of one sample
  top: f32, // P = 2^bits - 1
  ratio: f32, // c0
  half: f32, // 2^(bits - 1)
  blocks: u32, // of 32 codes a row
  span: u32, // blocks a lane; those of a group of weights if GROUPED
}
@group(0) @binding(0) var<storage, read> x: array<Elem>;
@group(0) @binding(1) var<storage, read> index: array<u32>; // of each sample
// Logits of the ranges of min(x), then of max(x).
@group(0) @binding(2) var<storage, read> ranges0: array<f32>;
@group(0) @binding(3) var<storage, read> ranges1: array<f32>;
@group(0) @binding(4) var<storage, read> ranges2: array<f32>;
@group(0) @binding(5) var<storage, read_write> codes: array<u32>; // [SETS, rows, blocks, 4 or 8]
@group(0) @binding(6) var<storage, read_write> token: array<vec4<f32>>; // [SETS, rows]
@group(0) @binding(7) var<storage, read_write> sums: array<f32>; // [SETS, rows, spans] sum(q - z), if GROUPED
@group(0) @binding(8) var<uniform> p: Params;

const SETS = 1u; // of ranges
const LEARNED = true; // else the ranges are c0 alone
const BYTES = false; // for more than 4 bits
const ODD_APART = true; // the order of bytes
const GROUPED = false;
const EIGHT = 8u / WIDTH; // Elems of eight codes

fn ranges(row: u32, pair: u32) -> vec2<f32> {
  if (!LEARNED) { return vec2(1.0); }
  let i = index[row / p.tokens];
  let n = arrayLength(&ranges0) / 2u;
  if (pair == 0u) { return sigmoids(vec2(ranges0[i], ranges0[n + i])); }
  if (pair == 1u) { return sigmoids(vec2(ranges1[i], ranges1[n + i])); }
  return sigmoids(vec2(ranges2[i], ranges2[n + i]));
}

// A code less half of what it can hold, as its two's complement.
fn signed(q: Elem) -> Elem {
  let v = q - p.half;
  return select(v, v + select(16.0, 256.0, BYTES), v < Elem(0.0));
}

// Quantises one block of a row; returns the sum of q - z.
fn quantize(row: u32, pair: u32, block: u32, sz: vec2<f32>) -> f32 {
  var sum = Elem(0.0);
  let to = (pair * p.rows + row) * p.blocks + block;
  for (var word = 0u; word < 4u; word++) {
    var nibbles = 0u;
    var bytes = vec2<u32>();
    for (var e = 0u; e < EIGHT; e++) {
      let c = (4u * block + word) * EIGHT + e;
      if (c < p.columns) {
        let q = clamp(round(x[row * p.columns + c] / sz.x) + sz.y, Elem(0.0), Elem(p.top));
        sum += q - sz.y;
        if (!BYTES) {
          nibbles |= as_nibbles(signed(q), e);
        } else if (ODD_APART) {
          bytes |= as_bytes(signed(q), e);
        } else {
          bytes |= as_ordered_bytes(signed(q), e);
        }
      }
    }
    if (BYTES) {
      codes[8u * to + word] = bytes.x;
      codes[8u * to + 4u + word] = bytes.y;
    } else {
      codes[4u * to + word] = nibbles;
    }
  }
  return total(sum);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * p.walk;
  let spans = (p.blocks + p.span - 1u) / p.span;
  for (var row = first; row < min(first + p.walk, p.rows); row++) {
    let at = row * p.columns;
    var least = Elem(3.4e38);
    var most = Elem(-3.4e38);
    for (var c = lane; c < p.columns; c += LANES) {
      least = min(least, x[at + c]);
      most = max(most, x[at + c]);
    }
    let extreme = vec2(row_min(smallest(least), lane), row_max(largest(most), lane));
    /*unroll*/ for (var pair = 0u; pair < SETS; pair++) {
      let sz = grid(extreme, ranges(row, pair));
      var sum = 0.0;
      for (var i = lane; i < spans; i += LANES) {
        var of_span = 0.0;
        for (var block = i * p.span; block < min((i + 1u) * p.span, p.blocks); block++) {
          of_span += quantize(row, pair, block, sz);
        }
        if (GROUPED) { sums[(pair * p.rows + row) * spans + i] = of_span; }
        sum += of_span;
      }
      let all = row_sum(sum, lane);
      if (lane == 0u) { token[pair * p.rows + row] = vec4(sz.x, sz.y - p.half, all, 0.0); }
    }
  }
}
