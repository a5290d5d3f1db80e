import { convolutions } from "./ops/convolutions.ts";
import { elementwise } from "./ops/elementwise.ts";
import { layers } from "./ops/layers.ts";
import { reductions } from "./ops/reductions.ts";
import type { Table } from "./ops/run_op.ts";
import { shapes } from "./ops/shapes.ts";

/** Every operator of the autograd, by its name in the cases. */
export const ops: Table = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...layers,
  ...convolutions,
};
