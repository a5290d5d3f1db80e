// y = x^T in each batch: x [R, C] with C a multiple of 4, y [C, R padded with zeros to a multiple of 4].
// A thread moves a 4 x 4 block; neighbours along R, so that stores lie side by side.
struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

fn row(r: u32, c: u32, batch: u32) -> vec4<f32> {
  let at = (batch * p.rows + min(r, p.rows - 1u)) * (p.columns / 4u) + c;
  return select(vec4<f32>(), x[at], r < p.rows);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let width = (p.rows + 3u) / 4u;
  if (id.x >= width || 4u * id.y >= p.columns) { return; }
  let a = row(4u * id.x, id.y, id.z);
  let b = row(4u * id.x + 1u, id.y, id.z);
  let c = row(4u * id.x + 2u, id.y, id.z);
  let d = row(4u * id.x + 3u, id.y, id.z);
  let to = (id.z * p.columns + 4u * id.y) * width + id.x;
  y[to] = vec4(a.x, b.x, c.x, d.x);
  y[to + width] = vec4(a.y, b.y, c.y, d.y);
  y[to + 2u * width] = vec4(a.z, b.z, c.z, d.z);
  y[to + 3u * width] = vec4(a.w, b.w, c.w, d.w);
}
