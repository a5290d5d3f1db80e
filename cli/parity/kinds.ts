import { bad } from "./bad.ts";
import { dtypes } from "./dtypes.ts";
import { models } from "./models.ts";
import { ops } from "./ops.ts";
import { optim } from "./optim.ts";
import { pipelines } from "./pipelines.ts";
import { quant } from "./quant.ts";
import { qvgen } from "./qvgen.ts";
import type { Runner } from "./runner.ts";
import { schedulers } from "./schedulers.ts";
import { svd } from "./svd.ts";
import { tokenizer } from "./tokenizer.ts";
import { train } from "./train.ts";
import { video } from "./video.ts";

/** What is built: the runners of each kind's ops. */
export const KINDS: Readonly<
  Record<string, Readonly<Record<string, Runner>>>
> = {
  bad,
  dtypes,
  models,
  ops,
  optim,
  pipelines,
  quant,
  qvgen,
  schedulers,
  svd,
  tokenizer,
  train,
  video,
};
