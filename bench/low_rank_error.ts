// How near balancedFactors() comes to the least residual, and how long it takes:
//   deno run -A bench/low_rank_error.ts [noise|falling|quantised] [N M R]...
// `noise` and `falling` are matrices made with a known spectrum; `quantised` is
// W - Q(W) at 4 bits, with its spectrum found in double precision on the host.
import { fakeQuantWeight } from "../autograd/fake_quant_weight.ts";
import { sub } from "../autograd/binary.ts";
import { pinned, readAll } from "../autograd/tensor.ts";
import { weightRange } from "../autograd/weight_range.ts";
import { normal } from "../core/random.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { balancedFactors } from "../autograd/linalg/low_rank.ts";
import { eigenvalues, gram } from "./eigenvalues.ts";
import {
  knownSpectrum,
  leastResidual,
  noiseSpectrum,
  residualOf,
} from "./known_spectrum.ts";

type Values = Float32Array<ArrayBuffer>;

interface Made {
  readonly a: Values;
  readonly s: ArrayLike<number>;
}

const SHAPES = [1536, 1536, 16, 1536, 1536, 32, 1536, 1536, 64];
const KINDS: Readonly<
  Record<string, (gpu: Gpu, n: number, m: number) => Made | Promise<Made>>
> = {
  noise: (_, n, m) => made(n, m, noiseSpectrum(Math.min(n, m), Math.max(n, m))),
  falling: (_, n, m) =>
    made(
      n,
      m,
      Float64Array.from({ length: Math.min(n, m) }, (_, i) => 1 / (1 + i)),
    ),
  quantised: async (gpu, n, m) => {
    const w = new Float32Array(n * m);
    normal([3, 4], [0, 0, 0, 0], w);
    const x = pinned([n, m]).write(gpu, w);
    using plan = await record(gpu, () => {
      const range = weightRange(x, { bits: 4, range: "mse" });
      return sub(x, fakeQuantWeight(x, { ...range, bits: 4 })).keep();
    });
    plan.run();
    const a = await plan.result.read(gpu);
    const squares = eigenvalues(gram(a, n, m), Math.min(n, m));
    const s = squares.map((v) => Math.sqrt(Math.max(0, v))).toSorted();
    return { a, s: s.toReversed() };
  },
};

function made(n: number, m: number, s: Float64Array): Made {
  return { a: knownSpectrum(n, m, s), s };
}

const [kind = "noise", ...rest] = Deno.args;
const make = KINDS[kind];
if (!make) throw new Error(`There is no kind ${kind}: ${Object.keys(KINDS)}`);
const numbers = rest.length > 0 ? rest.map(Number) : SHAPES;
using gpu = await openGpu();
for (let i = 0; i + 3 <= numbers.length; i += 3) {
  const [n = 0, m = 0, r = 0] = numbers.slice(i, i + 3);
  const { a, s } = await make(gpu, n, m);
  const x = pinned([1, n, m]).write(gpu, a);
  using plan = await record(gpu, () => {
    const { L, R } = balancedFactors(x, r);
    return [L.keep(), R.keep()];
  });
  plan.run(); // compiles
  await gpu.idle();
  const began = performance.now();
  plan.run();
  await gpu.idle();
  const ms = performance.now() - began;
  const [L, R] = await readAll(gpu, plan.result) as [Values, Values];
  const ratio = residualOf(a, L, R, r) / leastResidual(s, r);
  console.log(
    `${kind} ${n} x ${m} to rank ${r}: ${
      ratio.toFixed(6)
    } of the least residual, ${ms.toFixed(0)} ms`,
  );
  for (const tensor of [x, ...plan.result]) tensor.dispose();
}
