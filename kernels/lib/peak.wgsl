// What the machine can do at most, to hold benches against: fused multiply-adds that wait for
// nothing, and a copy from memory to memory.
const CHAINS = 12u; // accumulators of a thread
const UNROLLED = 8u;
const TURNS = 4096u;
const RUN = 64u; // vec4s a thread copies

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(32)
fn multiply_add(@builtin(global_invocation_id) id: vec3<u32>) {
  var acc: array<f32, CHAINS>;
  let a = 1.0 + x[id.x].x;
  let b = x[id.x].y;
  for (var t = 0u; t < TURNS; t++) {
    /*unroll*/ for (var u = 0u; u < UNROLLED; u++) {
      /*unroll*/ for (var c = 0u; c < CHAINS; c++) { acc[c] = fma(acc[c], a, b); }
    }
  }
  var sum = 0.0;
  /*unroll*/ for (var c = 0u; c < CHAINS; c++) { sum += acc[c]; }
  y[id.x] = vec4(sum);
}

@compute @workgroup_size(8)
fn copy(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * 8u * RUN + lane;
  for (var u = 0u; u < RUN; u++) { y[first + 8u * u] = x[first + 8u * u]; }
}
