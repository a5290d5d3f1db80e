import {
  amax,
  amin,
  mean,
  sum,
  variance,
} from "../../../autograd/reductions.ts";
import { mse, weightedMse } from "../../../autograd/losses.ts";
import { reshape } from "../../../autograd/op.ts";
import type { Runner } from "../runner.ts";
import { binary, op, type Table } from "./run_op.ts";

/** A reduction; whether the axes stay is seen from the recorded output. */
const reduction = (f: typeof sum): Runner =>
  op((use, c) => {
    const x = use("x");
    const keep = c.tensor("out.y").shape.length === x.shape.length;
    return f(x, c.numbers("dims"), { keep });
  });

/** Reductions and losses. */
export const reductions: Table = {
  amax: reduction(amax),
  amin: reduction(amin),
  mean: reduction(mean),
  sum: reduction(sum),
  var: reduction(variance),
  mse: binary(mse),
  weighted_mse: op((use) => {
    const weights = use("w");
    return weightedMse(use("p"), use("t"), reshape(weights, [weights.size]));
  }),
};
