import {
  abs,
  clamp,
  exp,
  gelu,
  log,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  silu,
  sqrt,
  square,
  tanh,
} from "../../../autograd/unary.ts";
import {
  add,
  div,
  maximum,
  mul,
  sub,
  where,
} from "../../../autograd/binary.ts";
import { sum } from "../../../autograd/reductions.ts";
import { binary, op, type Table, unary } from "./run_op.ts";

/** Functions of single elements. */
export const elementwise: Table = {
  abs: unary(abs),
  clamp: op((use, c) => clamp(use("x"), c.number("min"), c.number("max"))),
  exp: op((use, c) => {
    const [low = 0, high = 0] = c.numbers("clamp_input") ?? [];
    return exp(clamp(use("x"), low, high));
  }),
  gelu_erf: unary((x) => gelu(x, { exact: true })),
  gelu_tanh: unary((x) => gelu(x)),
  log: unary(log),
  pow: op((use, c) => pow(use("x"), c.number("exponent"))),
  reciprocal: unary(reciprocal),
  relu: unary(relu),
  round: unary(round),
  rsqrt: unary(rsqrt),
  sigmoid: unary(sigmoid),
  silu: unary(silu),
  sqrt: unary(sqrt),
  square: unary(square),
  tanh: unary(tanh),
  add: binary(add),
  div: binary(div),
  maximum: binary(maximum),
  mul: binary(mul),
  sub: binary(sub),
  where: op((use) => where(use("c"), use("a"), use("b"))),
  diamond: unary((x) => {
    const a = silu(x);
    return sum(add(a, mul(a, tanh(x))));
  }),
};
