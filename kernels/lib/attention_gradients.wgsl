// What the forms of attention's backward pass bind; to be appended to them.
struct Params {
  own: u32, // rows: Lq, or Lk if OWN_KEYS
  walked: u32,
  heads: u32,
  quads: u32, // Dh / 4
  scale: f32,
  bias_batch: u32, // values of bias from one batch to the next; 0 if all share it
  first: u32, // walked rows of this dispatch: later ones add to out and out2
  end: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>; // q, or k if OWN_KEYS
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>; // dy, or v
@group(0) @binding(2) var<storage, read> c: array<vec4<f32>>; // k, or q
@group(0) @binding(3) var<storage, read> d: array<vec4<f32>>; // v, or dy
@group(0) @binding(4) var<storage, read> rows: array<f32>; // lse, delta [B, H, Lq, 2]; then keep [B, Lk]
@group(0) @binding(5) var<storage, read> bias: array<f32>; // [1 or B, H, Lq, Lk]
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>; // dq, or dk
@group(0) @binding(7) var<storage, read_write> out2: array<vec4<f32>>; // dv
@group(0) @binding(8) var<uniform> p: Params;
