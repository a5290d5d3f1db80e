// Products of codes, x [M, K] by w [N, K], for adapters without fast products of
// bytes: a word holds a code each of TOKENS tokens, FIELD bits apart, so that one
// multiplication serves them all. A field holds the sum of p.flush blocks of
// products; then the fields are put apart. A subgroup owns WORDS words, which its
// lanes read and broadcast, and LANES * TN outputs.
const LANES = 8u;
const TOKENS = 2u; // of a word, WORDS apart
const WORDS = 16u;
const TN = 4u; // outputs of a lane, in runs of 4 neighbours
const LOADS = (WORDS + LANES - 1u) / LANES;
const FIELD = 32u / TOKENS;
const LAST = TOKENS - 1u;
const FULL = i32(0xffffffffu >> (32u - FIELD)); // a field
// Fields start at a level, so that none borrows from the next one and the last,
// which keeps the sign, holds 2^(FIELD - 1) too.
const LEVEL = i32(0x7fffffffu >> (32u - FIELD));
const LEVEL_OF_LAST = -1;

@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;

// The row of x that is token t of word n of a tile.
fn row_of(tile: u32, n: u32, t: u32) -> u32 { return p.first + min(tile + n + t * WORDS, p.m - 1u); }

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = group.y * WORDS * TOKENS;
  let column = group.x * LANES * TN + 4u * lane;
  var level = LEVEL_OF_LAST << (FIELD * LAST);
  /*unroll*/ for (var t = 0u; t < LAST; t++) { level += LEVEL << (FIELD * t); }
  var sums: array<array<array<i32, TOKENS>, TN>, WORDS>;
  var scaled: array<array<array<f32, TOKENS>, TN>, WORDS>; // if grouped; at the end, see HALF
  var acc: array<array<i32, TN>, WORDS>;
  var flushes = 0;
  for (var g = 0u; g < spans_of_row(); g++) {
    var scale: array<f32, TN>;
    if (GROUPED) {
      var own: array<array<f32, TOKENS>, LOADS>;
      /*unroll*/ for (var l = 0u; l < LOADS; l++) {
        /*unroll*/ for (var t = 0u; t < TOKENS; t++) {
          own[l][t] = token_sums[row_of(row, (l * LANES + lane) % WORDS, t) * spans_of_row() + g];
        }
      }
      /*unroll*/ for (var run = 0u; run < TN; run += 4u) {
        let o = outputs_of(column + LANES * run, g);
        let each = zero_part(o);
        /*unroll*/ for (var j = 0u; j < 4u; j++) { scale[run + j] = o.scale[j]; }
        /*unroll*/ for (var r = 0u; r < WORDS; r++) {
          /*unroll*/ for (var t = 0u; t < TOKENS; t++) {
            let v = subgroupBroadcast(own[r / LANES][t], r % LANES);
            /*unroll*/ for (var j = 0u; j < 4u; j++) { scaled[r][run + j][t] += each[j] * v; }
          }
        }
      }
    }
    let end = min((g + 1u) * p.span, p.blocks);
    for (var start = g * p.span; start < end; start += p.flush) {
      /*unroll*/ for (var r = 0u; r < WORDS; r++) {
        /*unroll*/ for (var j = 0u; j < TN; j++) { acc[r][j] = level; }
      }
      for (var k = start; k < min(start + p.flush, end); k++) {
        var a: array<array<Codes, TOKENS>, LOADS>;
        var b: array<Codes, TN>;
        /*unroll*/ for (var l = 0u; l < LOADS; l++) {
          /*unroll*/ for (var t = 0u; t < TOKENS; t++) {
            a[l][t] = token_codes(row_of(row, (l * LANES + lane) % WORDS, t), k);
          }
        }
        /*unroll*/ for (var j = 0u; j < TN; j++) {
          b[j] = weight_codes(min(column + 4u * LANES * (j / 4u) + j % 4u, p.n - 1u), k);
        }
        for (var q = 0u; q < 4u; q++) {
          var words: array<array<i32, LOADS>, 8>;
          var weights: array<array<i32, TN>, 8>;
          /*unroll*/ for (var i = 0u; i < 8u; i++) {
            /*unroll*/ for (var l = 0u; l < LOADS; l++) {
              words[i][l] = token_code(a[l][0], i);
              /*unroll*/ for (var t = 1u; t < TOKENS; t++) { words[i][l] += token_code(a[l][t], i) << (FIELD * t); }
            }
            /*unroll*/ for (var j = 0u; j < TN; j++) { weights[i][j] = weight_code(b[j], i); }
          }
          /*unroll*/ for (var r = 0u; r < WORDS; r++) {
            /*unroll*/ for (var i = 0u; i < 8u; i++) {
              let v = subgroupBroadcast(words[i][r / LANES], r % LANES);
              /*unroll*/ for (var j = 0u; j < TN; j++) { acc[r][j] += v * weights[i][j]; }
            }
          }
          /*unroll*/ for (var l = 0u; l < LOADS; l++) {
            /*unroll*/ for (var t = 0u; t < TOKENS; t++) { a[l][t] = next_word(a[l][t]); }
          }
          /*unroll*/ for (var j = 0u; j < TN; j++) { b[j] = next_word(b[j]); }
        }
      }
      flushes++;
      /*unroll*/ for (var r = 0u; r < WORDS; r++) {
        /*unroll*/ for (var j = 0u; j < TN; j++) {
          var fields: array<i32, TOKENS>;
          /*unroll*/ for (var t = 0u; t < LAST; t++) { fields[t] = (acc[r][j] >> (FIELD * t)) & FULL; }
          fields[LAST] = acc[r][j] >> (FIELD * LAST);
          /*unroll*/ for (var t = 0u; t < TOKENS; t++) {
            if (GROUPED) {
              scaled[r][j][t] += scale[j] * f32(fields[t] - select(LEVEL_OF_LAST, LEVEL, t < LAST));
            } else {
              sums[r][j][t] += fields[t];
            }
          }
        }
      }
    }
  }
  /*unroll*/ for (var run = 0u; run < TN; run += 4u) {
    let c = column + LANES * run;
    let o = outputs_of(c, 0u);
    /*unroll*/ for (var r = 0u; r < WORDS; r++) {
      /*unroll*/ for (var t = 0u; t < TOKENS; t++) {
        let own = token[row_of(row, r, t)];
        var v: vec4<f32>;
        if (GROUPED) {
          v = value_of_groups(vec4(scaled[r][run][t], scaled[r][run + 1u][t], scaled[r][run + 2u][t], scaled[r][run + 3u][t]), own, o);
        } else {
          let added = flushes * select(LEVEL_OF_LAST, LEVEL, t < LAST);
          v = value(vec4(sums[r][run][t], sums[r][run + 1u][t], sums[r][run + 2u][t], sums[r][run + 3u][t]) - added, own, o);
        }
        if (HALF && !is_plain()) {
          // Halves cannot hold what is not finished: it waits in the place of its sums.
          /*unroll*/ for (var j = 0u; j < 4u; j++) { scaled[r][run + j][t] = v[j]; }
        } else {
          store(row + r + t * WORDS, c, v);
        }
      }
    }
  }
  if (is_plain()) { return; }
  // Not in the loops above: written out so often it would take seconds to compile.
  for (var i = 0u; i < WORDS * TOKENS; i++) {
    if (row + i >= p.m) { return; }
    /*unroll*/ for (var run = 0u; run < TN; run += 4u) {
      let c = column + LANES * run;
      if (c < p.n) {
        var v: vec4<f32>;
        if (HALF) {
          let waits = &scaled[i % WORDS];
          /*unroll*/ for (var j = 0u; j < 4u; j++) { v[j] = (*waits)[run + j][i / WORDS]; }
        } else {
          v = stored(row + i, c);
        }
        store(row + i, c, finish(v, row + i, c));
      }
    }
  }
}
