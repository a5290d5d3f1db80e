// Rows of a multiple of four columns are read four columns at a time.
alias Elem = vec4<f32>;

fn total(v: Elem) -> f32 { return (v.x + v.y) + (v.z + v.w); }
fn largest(v: Elem) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
fn smallest(v: Elem) -> f32 { return min(min(v.x, v.y), min(v.z, v.w)); }
