import { attention } from "../autograd/attention.ts";
import { ATTENTION_PRECISIONS } from "./attention_tiles.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("attention");
const FORWARD = /^attention_(plain_|staged_)?forward/;
const BACKWARD = /^attention_(plain_|staged_)?backward/;

// [B, H, Lq, Lk, Dh]: the tiny model's self and cross attention, and Wan-1.3B's.
const SHAPES = [
  [32, 8, 64, 64, 32],
  [32, 8, 64, 16, 32],
  [1, 12, 1024, 1024, 128],
  [1, 12, 1024, 512, 128],
] as const;

for (const [B, H, lq, lk, Dh] of SHAPES) {
  const label = `${B} x ${H} heads of ${Dh}, ${lq} x ${lk}`;
  const product = 2 * B * H * lq * lk * Dh;
  const [queries, keys] = [B * lq * H * Dh, B * lk * H * Dh];
  const inputs = () =>
    [lq, lk, lk].map((l) => input([B, l, H, Dh])) as [
      ReturnType<typeof input>,
      ReturnType<typeof input>,
      ReturnType<typeof input>,
    ];

  for (const precision of ATTENTION_PRECISIONS) {
    const trace = () => attention(...inputs(), { precision });
    const flops = 2 * product;
    bench(`forward ${precision}`, label, { flops }, trace, FORWARD);
    const bytes = 8 * (queries + 2 * keys);
    bench(`pack ${precision}`, label, { bytes }, trace, /^attention_pack/);
  }

  const gradient = (of: readonly number[]) => () => {
    const all = inputs();
    return backward(attention(...all), ...of.map((i) => all[i]!));
  };
  const bytes = 8 * queries;
  bench("rows", label, { bytes }, gradient([0]), /^attention_rows/);
  bench("dq", label, { flops: 3 * product }, gradient([0]), BACKWARD);
  bench("dk dv", label, { flops: 4 * product }, gradient([1, 2]), BACKWARD);
}

// [B, H, L, Dh]: the learnt bias of text encoders: tiny ones, and Wan-1.3B's.
const BIASED = [[32, 4, 16, 32], [1, 6, 64, 64], [1, 64, 128, 64]] as const;
for (const [B, H, L, Dh] of BIASED) {
  const label = `${B} x ${H} heads of ${Dh}, ${L} x ${L}`;
  const flops = 4 * B * H * L * L * Dh;
  const trace = () => {
    const bias = input([1, H, L, L]);
    const [q, k, v] = [0, 1, 2].map(() => input([B, L, H, Dh]));
    return backward(attention(q!, k!, v!, { bias }), bias);
  };
  bench("dbias", label, { flops }, trace, /^attention_(plain_)?bias/);
}
