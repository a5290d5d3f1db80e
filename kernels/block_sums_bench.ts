import { emit, type Storage, traits } from "../gpu/record.ts";
import {
  sumFinish,
  sumFinishBoth,
  sumNormalized,
  sumPlain,
  sumWeighted,
} from "./block_sums.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { rowForm, type RowKernel } from "./lib/rows.ts";

const bench = suite("block_sums");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const chunk = Math.max(16, Math.ceil(rows / 64));
  const chunks = Math.ceil(rows / chunk);
  const [dy, x, stats] = [buffer(n), buffer(n), buffer(2 * rows)];
  const partial = buffer(2 * chunks * columns);
  const [sum, product] = [buffer(columns), buffer(columns)];

  const launch = <N extends string>(
    k: RowKernel<N>,
    tensors: Readonly<Record<N, { readonly storage: Storage }>>,
    span: number,
    across: number,
  ) => {
    const form = rowForm(k, columns);
    const groups = [Math.ceil(form.columns / (form.lanes * span)), across];
    emit(form.kernel, tensors, groups, {
      params: { rows, columns: form.columns, chunk, chunks },
      constants: { ...form.constants, SPAN: span },
    });
  };
  const span = () => traits().software ? 4 : 1;
  const partials = partial;

  bench("plain", label, { bytes: 4 * n }, () => {
    launch(sumPlain, { dy, partial }, span(), chunks);
    launch(sumFinish, { partials, sum }, 1, 1);
  });
  bench("weighted", label, { bytes: 8 * n }, () => {
    launch(sumWeighted, { dy, x, partial }, span(), chunks);
    launch(sumFinish, { partials, sum }, 1, 1);
  });
  bench("normalized", label, { bytes: 8 * n }, () => {
    launch(sumNormalized, { dy, x, stats, partial }, span(), chunks);
    launch(sumFinishBoth, { partials, sum, product }, 1, 1);
  });
}
