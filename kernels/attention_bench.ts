import { emit, spread, traits } from "../gpu/record.ts";
import { attentionPack, attentionRows } from "./attention.ts";
import {
  ATTENTION_PRECISIONS,
  backwardTiles,
  biasTile,
  forwardTiles,
} from "./attention_tiles.ts";
import { buffer, filled, suite } from "./lib/bench_suite.ts";

const bench = suite("attention");

// [B, H, Lq, Lk, Dh]: the tiny model's self and cross attention, and Wan-1.3B's.
const SHAPES = [
  [32, 8, 64, 64, 32],
  [32, 8, 64, 16, 32],
  [1, 12, 1024, 1024, 128],
  [1, 12, 1024, 512, 128],
] as const;

for (const [B, H, lq, lk, Dh] of SHAPES) {
  const [q, o, dy] = [0, 1, 2].map(() => buffer(B * lq * H * Dh));
  const [k, v, dk, dv] = [0, 1, 2, 3].map(() => buffer(B * lk * H * Dh));
  const lse = buffer(B * H * lq);
  const rows = filled(2 * B * H * lq + B * lk, 1); // 0 drops keys
  const label = `${B} x ${H} heads of ${Dh}, ${lq} x ${lk}`;
  const product = 2 * B * H * lq * lk * Dh;
  const quads = Dh / 4;
  const scale = Dh ** -0.5;

  const scales = buffer(B * H * (lq + lk));
  for (const precision of ATTENTION_PRECISIONS) {
    bench(`forward ${precision}`, label, { flops: 2 * product }, () => {
      const size = { own: lq, walked: lk, quads };
      const tile = forwardTiles(size, traits(), precision)[0]!;
      emit(
        tile.kernel,
        { q: q!, k: k!, v: v!, scales, mask: q!, bias: q!, o: o!, lse },
        [Math.ceil(lq / tile.rows), H, B],
        {
          constants: tile.constants,
          params: {
            lq,
            lk,
            heads: H,
            quads,
            scale,
            masked: 0,
            bias_batch: 0,
            first: 0,
            end: lk,
            ...tile.params,
          },
        },
      );
    });
  }

  for (const PACK of [1, 2, 4]) {
    const n = B * lk * H * Dh;
    bench(`pack ${32 / PACK}`, label, { bytes: (4 + 4 / PACK) * n }, () => {
      const { subgroupSize: LANES, software } = traits();
      const walk = software ? 8 : 1;
      const rows = B * lk * H;
      const tensors = { x: k!, sums: v!, y: dk!, scales };
      emit(attentionPack, tensors, spread(rows, walk), {
        params: {
          rows,
          walk,
          tokens: lk,
          heads: H,
          quads,
          loads: Math.ceil(quads / PACK),
          share: 1 / lk,
          offset: 0,
        },
        constants: { LANES, PACK },
      });
    });
  }

  const bytes = 8 * B * lq * H * Dh;
  bench("rows", label, { bytes }, () => {
    const tensors = { o: o!, dy: dy!, lse, mask: o!, rows };
    emit(attentionRows, tensors, spread(B * (H * lq + lk), 64), {
      params: { lq, lk, heads: H, quads, masked: 0 },
    });
  });

  for (const ownKeys of [false, true]) {
    const [own, walked] = ownKeys ? [lk, lq] : [lq, lk];
    const [a, b, c, d] = ownKeys ? [k, v, q, dy] : [q, dy, k, v];
    const form = ownKeys ? "dk dv" : "dq";
    bench(form, label, { flops: (ownKeys ? 4 : 3) * product }, () => {
      const size = { own, walked, quads };
      const tile = backwardTiles(size, ownKeys, traits())[0]!;
      emit(
        tile.kernel,
        {
          a: a!,
          b: b!,
          c: c!,
          d: d!,
          rows,
          bias: q!,
          out: ownKeys ? dk! : o!,
          out2: dv!,
        },
        [Math.ceil(own / tile.rows), H, B],
        {
          constants: tile.constants,
          params: {
            ...size,
            heads: H,
            scale,
            bias_batch: 0,
            first: 0,
            end: walked,
          },
        },
      );
    });
  }
}

// [B, H, L, Dh]: the learnt bias of text encoders: tiny ones, and Wan-1.3B's.
const BIASED = [[32, 4, 16, 32], [1, 6, 64, 64], [1, 64, 128, 64]] as const;
for (const [B, H, L, Dh] of BIASED) {
  const n = B * L * H * Dh;
  const [q, k, v, dy] = [buffer(n), buffer(n), buffer(n), buffer(n)];
  const rows = filled(2 * B * H * L + B * L, 1);
  const [bias, dbias] = [buffer(H * L * L), buffer(H * L * L)];
  const label = `${B} x ${H} heads of ${Dh}, ${L} x ${L}`;
  const flops = 4 * B * H * L * L * Dh;
  bench("dbias", label, { flops }, () => {
    const tensors = { q, k, v, dy, rows, bias, dbias };
    const size = { own: L, walked: L, quads: Dh / 4 };
    const { kernel, constants, queries, keys } = biasTile(size, traits());
    const tiles = Math.ceil(L / queries) * Math.ceil(L / keys);
    emit(kernel, tensors, [tiles, H, 1], {
      params: {
        batches: B,
        lq: L,
        lk: L,
        heads: H,
        quads: Dh / 4,
        shared_bias: 1,
        scale: Dh ** -0.5,
      },
      constants,
    });
  });
}
