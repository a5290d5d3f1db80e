import { conv3d } from "../autograd/conv3d.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("conv3d");

/** Channels in and out, and the frames, rows and columns that come out. */
type Layer = readonly [
  from: number,
  to: number,
  t: number,
  h: number,
  w: number,
];

const causal = [3, 3, 3] as const;
const spatial = [1, 3, 3] as const;

// Layers of Wan's decoder on a tile of 32 x 32 latents, the wide ones on a part of it.
const LAYERS: readonly [taps: readonly [number, number, number], Layer][] = [
  [causal, [384, 384, 1, 32, 32]],
  [causal, [192, 192, 2, 32, 32]],
  [causal, [96, 96, 4, 64, 64]],
  [causal, [96, 4, 4, 64, 64]], // three colours, padded
  [spatial, [192, 96, 2, 64, 64]],
];

const PAD = [1, 1] as const;

for (const [taps, [from, to, t, h, w]] of LAYERS) {
  const flops = 2 * t * h * w * taps[0] * taps[1] * taps[2] * from * to;
  const size = `${t} x ${h} x ${w}, ${from} -> ${to}, ${taps.join(" x ")}`;
  const layer = () => {
    const x = input([1, t + taps[0] - 1, h, w, from]);
    const weight = input([to, ...taps, from]);
    const y = conv3d(x, weight, undefined, { pad: [[0, 0], PAD, PAD] });
    return { y, weight };
  };
  bench("", size, { flops }, () => layer().y);
  if (from !== 96) continue;
  bench("gradient of the weight", size, { flops }, () => {
    const { y, weight } = layer();
    return backward(y, weight);
  }, /^conv_weight/);
}
