// What the convolution kernels share: which element of x [B, T, H, W, C] a tap
// of an element of y [B, T', H', W', N] reads. Channels are in vec4s.
struct Params {
  size: vec4<u32>, // of x: frames, rows, columns, channels / 4
  grid: vec4<u32>, // of y: the same
  taps: vec4<u32>, // along time, rows, columns
  stride: vec4<u32>,
  origin: vec4<i32>, // what tap 0 of element 0 reads: minus the padding in front
  divide: vec4<u32>, // of coordinates: nearest upsampling of x, or the stride in its gradient
  step: i32, // of coordinates from tap to tap: -1 in the gradient of x
  exact: u32, // whether only multiples of `divide` are read
  biased: u32,
  chunk: u32, // lines of y that one group of the weight's gradient adds up
}

// The coordinate of x along one axis, or -1 outside.
fn reads(o: u32, tap: u32, axis: u32) -> i32 {
  let n = i32(o * p.stride[axis]) + p.step * i32(tap) + p.origin[axis];
  let divide = i32(p.divide[axis]);
  let at = n / divide;
  let inside = n >= 0 && at < i32(p.size[axis]) && (p.exact == 0u || at * divide == n);
  return select(-1, at, inside);
}
