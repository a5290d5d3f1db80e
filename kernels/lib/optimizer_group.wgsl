// What a step does to one group of parameters; the host writes it before each step.
struct Group {
  decay: f32, // 1 - lr * weight decay
  size: f32, // lr / (1 - beta1^t)
  root: f32, // 1 / sqrt(1 - beta2^t)
  frozen: u32, // 1: nothing of the group changes
  first: u32, // its blocks of gradients, from first to before last
  last: u32,
}
