import { emit, spread, traits } from "../gpu/record.ts";
import { sumFinishBoth, sumNormalized } from "./block_sums.ts";
import { benchKernel, buffer } from "./lib/bench.ts";
import { emitRows, rowForm } from "./lib/rows.ts";
import { gatedRows } from "./modulate.ts";
import { normBackward, normForward } from "./norm.ts";
import { ropeWide } from "./rope.ts";
import { softmaxBackward, softmaxForward } from "./softmax.ts";

// Tokens and width of the tiny model and of Wan-1.3B.
for (const [rows, columns] of [[2048, 128], [1024, 1536]] as const) {
  const n = rows * columns;
  const size = { rows, columns };
  const name = `${rows} x ${columns}`;
  const [x, y, dy, dx, gain, shift] = [n, n, n, n, columns, columns].map(
    buffer,
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const stats = buffer(2 * rows);
  const options = {
    params: { span: rows, count: columns, eps: 1e-6, one: 1 },
    constants: { CENTRE: true, GAIN: true, SHIFT: true },
  };
  benchKernel(
    "layerNormModulate",
    name,
    { bytes: 8 * n },
    () => emitRows(normForward, { x, gain, shift, y, stats }, size, options),
  );
  benchKernel(
    "layerNormModulate dx",
    name,
    { bytes: 12 * n },
    () =>
      emitRows(normBackward, { x, gain, seen: stats, dy, dx }, size, options),
  );

  const chunk = Math.max(16, Math.ceil(rows / 64));
  const chunks = Math.ceil(rows / chunk);
  const partial = buffer(2 * chunks * columns);
  benchKernel("layerNormModulate dgain", name, { bytes: 8 * n }, () => {
    const form = rowForm(sumNormalized, columns);
    const across = Math.ceil(form.columns / form.lanes);
    const SPAN = traits().software ? 4 : 1;
    const params = { rows, columns: form.columns, chunk, chunks };
    const { constants } = form;
    emit(
      form.kernel,
      { dy, x, stats, partial },
      [Math.ceil(across / SPAN), chunks],
      { params, constants: { ...constants, SPAN } },
    );
    emit(
      rowForm(sumFinishBoth, columns).kernel,
      { partials: partial, sum: gain, product: shift },
      across,
      { params, constants },
    );
  });

  benchKernel(
    "gatedResidual",
    name,
    { bytes: 12 * n },
    () =>
      emitRows(gatedRows, { x, residual: dy, gain, y }, size, {
        params: { span: rows, one: 0 },
      }),
  );
  benchKernel(
    "softmax",
    name,
    { bytes: 8 * n },
    () => emitRows(softmaxForward, { x, y }, size),
  );
  benchKernel(
    "softmax dx",
    name,
    { bytes: 12 * n },
    () => emitRows(softmaxBackward, { seen: y, dy, dx }, size),
  );

  const Dh = columns === 128 ? 32 : 128;
  const [cosine, sine] = [buffer(rows * Dh), buffer(rows * Dh)];
  benchKernel("rope", name, { bytes: 8 * n + 8 * rows * Dh }, () => {
    const { subgroupSize, software } = traits();
    const walk = software ? 8 : 1;
    emit(ropeWide, { x, cosine, sine, y }, spread(rows, walk), {
      params: {
        rows,
        heads: columns / Dh,
        walk,
        tokens: rows,
        head: Dh / 4,
        way: 1,
      },
      constants: { LANES: subgroupSize || 64 },
    });
  });
}

type Buffer = ReturnType<typeof buffer>;
