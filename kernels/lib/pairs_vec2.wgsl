// One pair a step, for any even width of a head.
alias Pairs = vec2<f32>;

fn crossed(v: Pairs) -> Pairs { return vec2(-v.y, v.x); }
