// y as f32.
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn store(at: u32, v: vec4<f32>) {
  y[at] = v;
}
