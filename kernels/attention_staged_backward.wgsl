// attention_backward.wgsl through workgroup memory, for adapters of any subgroup width or none;
// tiles as in attention_staged_forward.wgsl. Scores and their gradients are computed again.
const WIDE = 16u;
const HIGH = 8u;
const TM = 4u; // own rows a thread, neighbours; a multiple of 4
const TN = 4u; // walked rows a thread, WIDE apart
const DV = 2u; // vec4s of a row of results a thread, WIDE apart: Dh <= 4 WIDE DV
const STEP = 2u; // vec4s of a head that are staged at a time
const OWN_KEYS = false;
const BIASED = false;
const THREADS = WIDE * HIGH;
const ROWS = HIGH * TM;
const WALKED = WIDE * TN;
const COLUMNS = WIDE * DV;
const A_PITCH = ROWS + 1u;
const C_PITCH = WALKED + 1u;
const P_PITCH = ROWS / 4u + 1u;
const SCORES = 2u * STEP * (A_PITCH + C_PITCH);
const PART = 8u; // walked rows that are added at a time
const VALUES = (1u + u32(OWN_KEYS)) * PART * COLUMNS;
const STAGE = SCORES * u32(SCORES > VALUES) + VALUES * u32(SCORES <= VALUES);

var<workgroup> stage: array<vec4<f32>, STAGE>; // of a, b, c and d, then of c and d
var<workgroup> weights: array<vec4<f32>, WIDE * P_PITCH>; // of each own row and each of WIDE walked ones
var<workgroup> slopes: array<vec4<f32>, WIDE * P_PITCH>; // the gradients of their scores

@compute @workgroup_size(WIDE, HIGH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let own0 = group.x * ROWS;
  let mine = TM * local.y; // first of this thread's own rows
  let own_row = local.y * (TM / 4u);
  let lq = select(p.own, p.walked, OWN_KEYS);
  let lk = select(p.walked, p.own, OWN_KEYS);
  let head = group.z * p.heads + group.y;
  let kept_at = 2u * groups.z * p.heads * lq + group.z * lk;
  var acc: array<array<vec4<f32>, DV>, TM>;
  var acc2: array<array<vec4<f32>, DV>, TM>;
  if (p.first > 0u) {
    /*unroll*/ for (var i = 0u; i < TM; i++) {
      let row = ((group.z * p.own + min(own0 + mine + i, p.own - 1u)) * p.heads + group.y) * p.quads;
      /*unroll*/ for (var e = 0u; e < DV; e++) {
        let at = row + min(e * WIDE + local.x, p.quads - 1u);
        acc[i][e] = out[at];
        if (OWN_KEYS) { acc2[i][e] = out2[at]; }
      }
    }
  }
  for (var w0 = p.first; w0 < p.end; w0 += WALKED) {
    var s = array<array<f32, TN>, TM>(); // scores
    var dp = array<array<f32, TN>, TM>(); // gradients of the weights
    for (var d0 = 0u; d0 < p.quads; d0 += STEP) {
      // Beyond the edges the last row repeats; beyond the head own rows are zero.
      for (var i = thread; i < STEP * ROWS; i += THREADS) {
        let quad = d0 + i % STEP;
        let row = min(own0 + i / STEP, p.own - 1u);
        let at = ((group.z * p.own + row) * p.heads + group.y) * p.quads + min(quad, p.quads - 1u);
        stage[i % STEP * A_PITCH + i / STEP] = select(vec4<f32>(), a[at], quad < p.quads);
        stage[(STEP + i % STEP) * A_PITCH + i / STEP] = select(vec4<f32>(), b[at], quad < p.quads);
      }
      for (var i = thread; i < STEP * WALKED; i += THREADS) {
        let row = min(w0 + i / STEP, p.walked - 1u);
        let at = ((group.z * p.walked + row) * p.heads + group.y) * p.quads + min(d0 + i % STEP, p.quads - 1u);
        stage[2u * STEP * A_PITCH + i % STEP * C_PITCH + i / STEP] = c[at];
        stage[2u * STEP * A_PITCH + (STEP + i % STEP) * C_PITCH + i / STEP] = d[at];
      }
      workgroupBarrier();
      for (var e = 0u; e < STEP; e++) {
        /*unroll*/ for (var side = 0u; side < 2u; side++) {
          var x: array<vec4<f32>, TM>;
          var y: array<vec4<f32>, TN>;
          /*unroll*/ for (var i = 0u; i < TM; i++) { x[i] = stage[(side * STEP + e) * A_PITCH + mine + i]; }
          /*unroll*/ for (var j = 0u; j < TN; j++) { y[j] = stage[2u * STEP * A_PITCH + (side * STEP + e) * C_PITCH + j * WIDE + local.x]; }
          /*unroll*/ for (var n = 0u; n < 4u; n++) {
            /*unroll*/ for (var i = 0u; i < TM; i++) {
              /*unroll*/ for (var j = 0u; j < TN; j++) {
                if (side == 0u) { s[i][j] = fma(x[i][n], y[j][n], s[i][j]); } else { dp[i][j] = fma(x[i][n], y[j][n], dp[i][j]); }
              }
            }
          }
        }
      }
      workgroupBarrier();
    }
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      let at = w0 + j * WIDE + local.x;
      let other = min(at, p.walked - 1u);
      /*unroll*/ for (var i = 0u; i < TM; i++) {
        let own = min(own0 + mine + i, p.own - 1u);
        let query = select(own, other, OWN_KEYS);
        let key = select(other, own, OWN_KEYS);
        let row = 2u * (head * lq + query);
        var z = s[i][j] * p.scale;
        if (BIASED) { z += bias[group.z * p.bias_batch + (group.y * lq + query) * lk + key]; }
        let keep = at < p.end && rows[kept_at + key] != 0.0;
        let weight = select(0.0, exp(z - rows[row]), keep);
        s[i][j] = weight;
        dp[i][j] = select(0.0, weight * (dp[i][j] - rows[row + 1u]) * p.scale, keep);
      }
    }
    /*unroll*/ for (var j = 0u; j < TN; j++) {
      /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
        let at = local.x * P_PITCH + own_row + h;
        slopes[at] = vec4(dp[4u * h][j], dp[4u * h + 1u][j], dp[4u * h + 2u][j], dp[4u * h + 3u][j]);
        if (OWN_KEYS) { weights[at] = vec4(s[4u * h][j], s[4u * h + 1u][j], s[4u * h + 2u][j], s[4u * h + 3u][j]); }
      }
      for (var part = 0u; part < WIDE; part += PART) {
        for (var i = thread; i < PART * COLUMNS; i += THREADS) {
          let row = min(w0 + j * WIDE + part + i / COLUMNS, p.walked - 1u);
          let at = ((group.z * p.walked + row) * p.heads + group.y) * p.quads + min(i % COLUMNS, p.quads - 1u);
          stage[i] = c[at];
          if (OWN_KEYS) { stage[PART * COLUMNS + i] = d[at]; }
        }
        workgroupBarrier();
        for (var u = 0u; u < PART; u++) {
          /*unroll*/ for (var h = 0u; h < TM / 4u; h++) {
            let slope = slopes[(part + u) * P_PITCH + own_row + h];
            let weight = weights[(part + u) * P_PITCH + own_row + h];
            /*unroll*/ for (var e = 0u; e < DV; e++) {
              let x = stage[u * COLUMNS + e * WIDE + local.x];
              /*unroll*/ for (var i = 0u; i < 4u; i++) { acc[4u * h + i][e] = fma(vec4(slope[i]), x, acc[4u * h + i][e]); }
              if (OWN_KEYS) {
                let y = stage[(PART + u) * COLUMNS + e * WIDE + local.x];
                /*unroll*/ for (var i = 0u; i < 4u; i++) { acc2[4u * h + i][e] = fma(vec4(weight[i]), y, acc2[4u * h + i][e]); }
              }
            }
          }
        }
        workgroupBarrier();
      }
    }
  }
  /*unroll*/ for (var i = 0u; i < TM; i++) {
    let row = own0 + mine + i;
    if (row < p.own) {
      /*unroll*/ for (var e = 0u; e < DV; e++) {
        if (e * WIDE + local.x < p.quads) {
          let at = ((group.z * p.own + row) * p.heads + group.y) * p.quads + e * WIDE + local.x;
          out[at] = acc[i][e];
          if (OWN_KEYS) { out2[at] = acc2[i][e]; }
        }
      }
    }
  }
}
