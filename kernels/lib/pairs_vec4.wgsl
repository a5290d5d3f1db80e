// Two pairs a step, where heads are a multiple of four wide.
alias Pairs = vec4<f32>;

fn crossed(v: Pairs) -> Pairs { return vec4(-v.y, v.x, -v.w, v.z); }
