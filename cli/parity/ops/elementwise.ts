import { abs } from "../../../autograd/abs.ts";
import { add } from "../../../autograd/add.ts";
import { clamp } from "../../../autograd/clamp.ts";
import { div } from "../../../autograd/div.ts";
import { exp } from "../../../autograd/exp.ts";
import { gelu } from "../../../autograd/gelu.ts";
import { log } from "../../../autograd/log.ts";
import { maximum } from "../../../autograd/maximum.ts";
import { mul } from "../../../autograd/mul.ts";
import { pow } from "../../../autograd/pow.ts";
import { reciprocal } from "../../../autograd/reciprocal.ts";
import { relu } from "../../../autograd/relu.ts";
import { round } from "../../../autograd/round.ts";
import { rsqrt } from "../../../autograd/rsqrt.ts";
import { sigmoid } from "../../../autograd/sigmoid.ts";
import { silu } from "../../../autograd/silu.ts";
import { sqrt } from "../../../autograd/sqrt.ts";
import { square } from "../../../autograd/square.ts";
import { sub } from "../../../autograd/sub.ts";
import { sum } from "../../../autograd/sum.ts";
import { tanh } from "../../../autograd/tanh.ts";
import { where } from "../../../autograd/where.ts";
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
