import type { Runner } from "./runner.ts";
import { activation, indexTable, quantLinear } from "./quant/activation.ts";
import { phiSchedule } from "./quant/phi_schedule.ts";
import { trainLayer } from "./quant/train.ts";
import { edgeRows, lowRank, weight } from "./quant/weight.ts";

/** The quantisers, by their names in the cases. */
export const quant: Readonly<Record<string, Runner>> = {
  act: activation,
  act_index_table: indexTable,
  edge_rows: edgeRows,
  linear: quantLinear,
  phi_init: lowRank,
  phi_schedule: phiSchedule,
  train: trainLayer,
  weight,
};
