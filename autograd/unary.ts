import { emit } from "../gpu/emit.ts";
import { stream } from "../kernels/lib/walks.ts";
import {
  backward1,
  backward4,
  forward1,
  forward4,
  UNARY,
} from "../kernels/unary.ts";
import { detach, differentiable } from "./op.ts";
import { requireF32 } from "./shapes.ts";
import { like, type Tensor } from "./tensor.ts";

/** |x| of every element; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return unary("abs", x);
}

/** e^x of every element. */
export function exp(x: Tensor): Tensor {
  return unary("exp", x);
}

/** The natural logarithm of every element. */
export function log(x: Tensor): Tensor {
  return unary("log", x);
}

/** The square root of every element. */
export function sqrt(x: Tensor): Tensor {
  return unary("sqrt", x);
}

/** 1 / sqrt(x) of every element. */
export function rsqrt(x: Tensor): Tensor {
  return unary("rsqrt", x);
}

/** x^2 of every element. */
export function square(x: Tensor): Tensor {
  return unary("square", x);
}

/** x^exponent of every element; x below zero needs a whole exponent. */
export function pow(x: Tensor, exponent: number): Tensor {
  const odd = Number.isInteger(exponent) ? Math.abs(exponent % 2) : -1;
  return unary("pow", x, exponent, odd);
}

/** 1 / x of every element. */
export function reciprocal(x: Tensor): Tensor {
  return unary("reciprocal", x);
}

/** max(x, 0) of every element; the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return unary("relu", x);
}

/** 1 / (1 + exp(-x)) of every element. */
export function sigmoid(x: Tensor): Tensor {
  return unary("sigmoid", x);
}

/** x sigmoid(x) of every element. */
export function silu(x: Tensor): Tensor {
  return unary("silu", x);
}

/** GELU of every element: the tanh approximation, or `exact` with erf. */
export function gelu(x: Tensor, { exact = false } = {}): Tensor {
  return unary(exact ? "geluErf" : "geluTanh", x);
}

/** The hyperbolic tangent of every element. */
export function tanh(x: Tensor): Tensor {
  return unary("tanh", x);
}

/** Every element rounded, ties to even; no gradient flows, for it is zero everywhere. */
export function round(x: Tensor): Tensor {
  return detach(unary("round", x));
}

/** Every element moved into [low, high]; the gradient passes at the bounds themselves. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) {
    throw new RangeError(`Cannot clamp: ${low} to ${high} is no range`);
  }
  return unary("clamp", x, low, high);
}

/** x plus one number. */
export function addScalar(x: Tensor, term: number): Tensor {
  return differentiable(unary("addScalar", x, term), [x], (dy) => [dy]);
}

/** x times one number. */
export function scale(x: Tensor, factor: number): Tensor {
  const y = unary("scale", x, factor);
  return differentiable(y, [x], (dy) => [scale(dy, factor)]); // x need not be kept
}

/** The function of every element that `name` stands for; `a` and `b` are its parameters. */
function unary(
  name: keyof typeof UNARY,
  x: Tensor,
  a = 0,
  b = 0,
): Tensor {
  requireF32(name, x);
  const wide = x.size % 4 === 0;
  const { groups, constants } = stream(wide ? x.size / 4 : x.size);
  const options = {
    params: { a, b },
    constants: { OP: UNARY[name], ...constants },
  };
  const y = like(x);
  if (wide) emit(forward4, { x4: x, y4: y }, groups, options);
  else emit(forward1, { x1: x, y1: y }, groups, options);
  return differentiable(y, [x], (dy) => {
    const dx = like(x);
    if (wide) emit(backward4, { x4: x, dy4: dy, y4: dx }, groups, options);
    else emit(backward1, { x1: x, dy1: dy, y1: dx }, groups, options);
    return [dx];
  });
}
