import {
  chunk,
  concat,
  padConstant,
  select,
  slice,
  stack,
} from "../../../autograd/slices.ts";
import { embedding } from "../../../autograd/embedding.ts";
import { expand, permute, repeatInterleave } from "../../../autograd/axes.ts";
import { reshape } from "../../../autograd/op.ts";
import { scale } from "../../../autograd/unary.ts";
import { op, type Table } from "./run_op.ts";

/** Operators that move elements. */
export const shapes: Table = {
  chunk: op((use, c) => {
    const parts = chunk(use("x"), c.number("chunks"), c.number("dim"));
    return Object.fromEntries(parts.map((part, i) => [`y${i}`, part]));
  }),
  concat: op((use, c) =>
    concat([use("a"), use("b"), use("c")], c.number("dim"))
  ),
  embedding: op((use) => embedding(use("table"), use("ids"))),
  expand: op((use, c) =>
    scale(expand(use("x"), c.numbers("to") ?? []), c.number("times"))
  ),
  pad_constant: op((use, c) => {
    const x = use("x");
    const pad = c.numbers("pad") ?? []; // before and after, the last axis first
    return padConstant(
      x,
      x.shape.map((_, i) => {
        const at = 2 * (x.shape.length - 1 - i);
        return [pad[at] ?? 0, pad[at + 1] ?? 0];
      }),
    );
  }),
  permute: op((use, c) => {
    const { config } = c;
    const y = permute(use("x"), c.numbers("perm") ?? []);
    const shaped = config.reshape ? reshape(y, c.numbers("reshape") ?? []) : y;
    return config.times ? scale(shaped, c.number("times")) : shaped;
  }),
  repeat_interleave: op((use, c) =>
    repeatInterleave(use("x"), c.number("repeats"), c.number("dim"))
  ),
  select: op((use, c) =>
    indices(c.text("index")).reduceRight(
      (x, text, axis) => text === ":" ? x : select(x, axis, Number(text)),
      use("x"),
    )
  ),
  slice: op((use, c) =>
    slice(
      use("x"),
      indices(c.text("slices")).map((text) => {
        const [start, stop, step] = text.split(":").map((part) =>
          part === "" ? undefined : Number(part)
        );
        return [start, stop, step];
      }),
    )
  ),
  stack: op((use, c) => stack([use("a"), use("b")], c.number("dim"))),
};

/** `[:, 1:6:2]` to `:` and `1:6:2`. */
function indices(text: string): string[] {
  return text.replace(/^\[|\]$/g, "").split(",").map((part) => part.trim());
}
