// Rows of any length are read one column at a time.
alias Elem = f32;

fn total(v: Elem) -> f32 { return v; }
fn largest(v: Elem) -> f32 { return v; }
fn smallest(v: Elem) -> f32 { return v; }
