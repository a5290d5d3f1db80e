// What both forms of the gradient of attention's bias bind; to be appended to them.
struct Params {
  batches: u32,
  lq: u32,
  lk: u32,
  heads: u32,
  quads: u32, // Dh / 4
  shared_bias: u32, // one bias for all batches
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>; // [B, Lq, H, Dh]
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>; // [B, Lk, H, Dh]
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> rows: array<f32>; // lse, delta [B, H, Lq, 2]; then keep [B, Lk]
@group(0) @binding(5) var<storage, read> bias: array<f32>; // [1 or B, H, Lq, Lk]
@group(0) @binding(6) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(7) var<uniform> p: Params;
