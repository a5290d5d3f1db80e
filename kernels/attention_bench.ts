import { emit, traits } from "../gpu/record.ts";
import { backwardTile, forwardTile } from "./attention_tiles.ts";
import { benchKernel, buffer } from "./lib/bench.ts";

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
  const rows = buffer(2 * B * H * lq + B * lk);
  const name = `${B} x ${H} heads of ${Dh}, ${lq} x ${lk}`;
  const product = 2 * B * H * lq * lk * Dh;
  const quads = Dh / 4;
  const scale = Dh ** -0.5;

  benchKernel("attention", name, { flops: 2 * product }, () => {
    const { kernel, constants, rows } = forwardTile(
      { own: lq, walked: lk, quads },
      traits(),
    );
    emit(
      kernel,
      { q: q!, k: k!, v: v!, mask: q!, bias: q!, o: o!, lse },
      [Math.ceil(lq / rows), H, B],
      {
        constants,
        params: { lq, lk, heads: H, quads, scale, masked: 0, bias_batch: 0 },
      },
    );
  });

  for (const ownKeys of [false, true]) {
    const [own, walked] = ownKeys ? [lk, lq] : [lq, lk];
    const [a, b, c, d] = ownKeys ? [k, v, q, dy] : [q, dy, k, v];
    const group = ownKeys ? "attention dk dv" : "attention dq";
    benchKernel(group, name, { flops: (ownKeys ? 4 : 3) * product }, () => {
      const size = { own, walked, quads };
      const tile = backwardTile(size, traits());
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
          constants: { ...tile.constants, OWN_KEYS: ownKeys },
          params: { ...size, heads: H, scale, bias_batch: 0 },
        },
      );
    });
  }
}
