// y as two halves a word.
@group(0) @binding(5) var<storage, read_write> y: array<vec2<u32>>;

fn store(at: u32, v: vec4<f32>) {
  y[at] = vec2(pack2x16float(v.xy), pack2x16float(v.zw));
}
