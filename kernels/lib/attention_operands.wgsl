// What the forms of attention without packed operands bind; to be appended to them.
struct Params {
  lq: u32,
  lk: u32,
  heads: u32,
  quads: u32, // Dh / 4
  scale: f32,
  masked: u32,
  bias_batch: u32, // values of bias from one batch to the next; 0 if all share it
  first: u32, // keys of this dispatch: later ones go on from o and lse
  end: u32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>; // [B, Lq, H, Dh]
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>; // [B, Lk, H, Dh]
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mask: array<f32>; // [B, Lk]: 0 drops a key
@group(0) @binding(4) var<storage, read> bias: array<f32>; // [1 or B, H, Lq, Lk]
@group(0) @binding(5) var<storage, read_write> o: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>; // [B, H, Lq]
@group(0) @binding(7) var<uniform> p: Params;
