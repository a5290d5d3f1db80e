import { emit, traits } from "../gpu/record.ts";
import {
  groupMoments,
  groupNormBackward,
  groupNormForward,
  groupStatistics,
} from "./group_norm.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows, rowForm } from "./lib/rows.ts";

const bench = suite("group_norm");

const groups = 32;
// Layers of CogVideoX's decoder: rows of a tile and channels.
for (const [rows, C] of [[8192, 128], [4096, 512]] as const) {
  const x = buffer(rows * C);
  const y = buffer(rows * C);
  const dy = buffer(rows * C);
  const gain = buffer(C);
  const stats = buffer(2 * C);
  const chunk = rows / 64;
  const partial = buffer(2 * 64 * C);
  const params = {
    span: rows,
    chunk,
    chunks: 64,
    groups,
    channels: C / groups,
    eps: 1e-6,
    grid: [1, 1, 1, 0],
    coarse: [1, 1, 1, 0],
  };
  const size = `${rows} x ${C}`;
  bench("statistics", size, { bytes: 4 * rows * C }, () => {
    const SPAN = traits().software ? 4 : 1;
    const { kernel, lanes, columns, constants } = rowForm(groupMoments, C);
    const given = { ...params, rows, columns, walk: 1 };
    const spans = Math.ceil(columns / (lanes * SPAN));
    emit(kernel, { x, partial }, [spans, 64, 1], {
      params: given,
      constants: { ...constants, SPAN },
    });
    const form = rowForm(groupStatistics, C, false);
    emit(form.kernel, { partials: partial, stats }, [groups, 1], {
      params: given,
      constants: form.constants,
    });
  });
  bench("forward", size, { bytes: 8 * rows * C }, () => {
    const tensors = { x, seen: stats, gain, shift: gain, zq: x, y };
    emitRows(groupNormForward, tensors, { rows, columns: C }, {
      params,
      constants: { GAIN: true, SHIFT: true, SILU: true },
    });
  });
  bench("backward", size, { bytes: 12 * rows * C }, () => {
    const tensors = { x, seen: stats, gain, dy, means: stats, dx: y };
    emitRows(groupNormBackward, tensors, { rows, columns: C }, {
      params,
      constants: { GAIN: true },
    });
  });
}
