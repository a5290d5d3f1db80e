// Gradients of the logits of learnt ranges: workgroup i adds up, in a fixed order, what the
// tokens of the samples that use pair i give it.
struct Params {
  samples: u32,
  tokens: u32, // of one sample
}
@group(0) @binding(0) var<storage, read> dranges: array<vec2<f32>>; // of each token: low, high
@group(0) @binding(1) var<storage, read> index: array<u32>; // of each sample
@group(0) @binding(2) var<storage, read> upper: array<f32>;
@group(0) @binding(3) var<storage, read> lower: array<f32>;
@group(0) @binding(4) var<storage, read_write> dupper: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlower: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

// The derivative of the sigmoid.
fn slope(v: f32) -> f32 {
  let s = 1.0 / (1.0 + exp(-v));
  return s * (1.0 - s);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group.x;
  var sum = vec2<f32>();
  for (var sample = 0u; sample < p.samples; sample++) {
    if (index[sample] == i) {
      for (var t = lane; t < p.tokens; t += LANES) { sum += dranges[sample * p.tokens + t]; }
    }
  }
  let low = row_sum(sum.x, lane);
  let high = row_sum(sum.y, lane);
  if (lane == 0u) {
    dlower[i] = low * slope(lower[i]);
    dupper[i] = high * slope(upper[i]);
  }
}
