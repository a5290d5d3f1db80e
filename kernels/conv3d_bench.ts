import { emit, traits } from "../gpu/record.ts";
import { convTile, convWeightTile } from "./conv.ts";
import { buffer, suite } from "./lib/bench_suite.ts";

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

for (const [taps, [from, to, t, h, w]] of LAYERS) {
  const count = taps[0] * taps[1] * taps[2];
  const positions = t * h * w;
  const frames = t + taps[0] - 1;
  const x = buffer(frames * h * w * from);
  const weight = buffer(to * count * from);
  const y = buffer(positions * to);
  const params = {
    size: [frames, h, w, from / 4],
    grid: [t, h, w, to / 4],
    taps: [...taps, 0],
    stride: [1, 1, 1, 0],
    origin: [0, -1, -1, 0],
    divide: [1, 1, 1, 0],
    step: 1,
    exact: 0,
    biased: 0,
    chunk: 0,
  };
  const size = `${t} x ${h} x ${w}, ${from} -> ${to}, ${taps.join(" x ")}`;
  const work = { flops: 2 * positions * count * from * to };
  bench("", size, work, () => {
    const { kernel, constants, rows, columns } = convTile(traits());
    const groups = [Math.ceil(to / columns), Math.ceil(h * w / rows), t];
    emit(kernel, { x, w: weight, bias: weight, y }, groups, {
      constants,
      params,
    });
  });
  if (from !== 96) continue;
  const chunk = 64;
  const chunks = t * h / chunk;
  const dw = buffer(chunks * to * count * from);
  bench("gradient of the weight", size, work, () => {
    const { kernel, constants, rows, columns } = convWeightTile(traits());
    const groups = [
      Math.ceil(from / columns),
      Math.ceil(to / rows) * count,
      chunks,
    ];
    emit(kernel, { x, dy: y, dw }, groups, {
      constants,
      params: { ...params, chunk },
    });
  });
}
