import { assertThrows } from "@std/assert";
import { checkOp } from "../tests/check.ts";
import { checkCase } from "../tests/check_case.ts";
import {
  causalConv3d,
  conv3d,
  type Conv3dOptions,
  type Pad,
} from "./conv3d.ts";
import { permute, upsampleNearest } from "./axes.ts";
import { type Shape, sizeOf, Tensor } from "./tensor.ts";

/** The definition in plain numbers; one clip, channels last. */
function reference(
  [x, w, b]: number[][],
  [, T, H, W, C]: readonly number[],
  [N, kt, kh, kw]: readonly number[],
  { stride = [1, 1, 1], pad = NONE }: Conv3dOptions,
): number[] {
  const sizes = [T!, H!, W!];
  const taps = [kt!, kh!, kw!];
  const to = sizes.map((n, i) =>
    Math.floor((n + pad[i]![0] + pad[i]![1] - taps[i]!) / stride[i]!) + 1
  );
  return Array.from({ length: sizeOf(to) * N! }, (_, i) => {
    const n = i % N!;
    const m = Math.floor(i / N!);
    const out = [
      Math.floor(m / to[2]! / to[1]!),
      Math.floor(m / to[2]!) % to[1]!,
      m % to[2]!,
    ];
    let sum = b![n]!;
    for (let tap = 0; tap < sizeOf(taps); tap++) {
      const k = [
        Math.floor(tap / kw! / kh!),
        Math.floor(tap / kw!) % kh!,
        tap % kw!,
      ];
      const at = out.map((o, a) => o * stride[a]! + k[a]! - pad[a]![0]);
      if (!at.every((v, a) => v >= 0 && v < sizes[a]!)) continue;
      const from = ((at[0]! * H! + at[1]!) * W! + at[2]!) * C!;
      for (let c = 0; c < C!; c++) {
        sum += x![from + c]! * w![(n * sizeOf(taps) + tap) * C! + c]!;
      }
    }
    return sum;
  });
}

const NONE: readonly [Pad, Pad, Pad] = [[0, 0], [0, 0], [0, 0]];

const CASES: readonly [what: string, Shape, Shape, Conv3dOptions][] = [
  ["is padded", [1, 3, 4, 5, 4], [8, 3, 3, 3, 4], {
    pad: [[2, 0], [1, 1], [1, 1]],
  }],
  ["has odd channels", [1, 2, 4, 5, 3], [5, 2, 2, 3, 3], {
    pad: [[1, 0], [0, 1], [1, 2]],
  }],
  ["strides", [1, 5, 7, 6, 4], [4, 3, 3, 3, 4], {
    stride: [2, 2, 2],
    pad: [[0, 0], [0, 1], [0, 1]],
  }],
  ["spans several tiles", [1, 1, 9, 8, 36], [68, 1, 3, 3, 36], {
    pad: [[0, 0], [1, 1], [1, 1]],
  }],
  ["has some channels", [1, 3, 5, 4, 20], [24, 2, 3, 1, 20], {
    pad: [[1, 0], [1, 1], [0, 0]],
  }],
  ["is pointwise", [1, 2, 3, 3, 8], [12, 1, 1, 1, 8], {}],
];

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "workgroup memory" : "subgroups";
  for (const [what, x, w, options] of CASES) {
    Deno.test(`conv3d() that ${what} matches its definition with ${form}`, async () => {
      await checkOp(
        (x, w, b) => conv3d(x!, w!, b, options),
        [x, w, [w[0]!]],
        (inputs) => reference(inputs, x, w, options),
        { gpu: { without } },
      );
    });
  }
}

Deno.test("conv3d() that upsamples equals a convolution of upsampled frames", async () => {
  const x: Shape = [1, 2, 3, 4, 4];
  const w: Shape = [4, 1, 3, 3, 4];
  const pad: Conv3dOptions["pad"] = [[0, 0], [1, 1], [1, 1]];
  const plain = ([x, w, b]: number[][]) => {
    const wide = Array.from({ length: 2 * 6 * 8 * 4 }, (_, i) => {
      const [c, q, r, t] = [
        i % 4,
        i / 4 % 8 >> 1,
        i / 32 % 6 >> 1,
        Math.floor(i / 192),
      ];
      return x![((t! * 3 + r!) * 4 + q!) * 4 + c!]!;
    });
    return reference([wide, w!, b!], [1, 2, 6, 8, 4], [4, 1, 3, 3], { pad });
  };
  const shapes = [x, w, [4]];
  await checkOp(
    (x, w, b) => conv3d(x!, w!, b, { pad, upsample: [1, 2, 2] }),
    shapes,
    plain,
  );
  await checkOp(
    (x, w, b) => conv3d(upsampleNearest(x!, [1, 1, 2, 2]), w!, b, { pad }),
    shapes,
    plain,
  );
});

const last = (x?: Tensor) => permute(x!, [0, 2, 3, 4, 1]);
const first = (y: Tensor) => permute(y, [0, 4, 1, 2, 3]);
const AROUND: readonly [Pad, Pad] = [[1, 1], [1, 1]];

Deno.test("causalConv3d() agrees with torch's zeros, strides and repeated first frame", async () => {
  const names = ["x", "w", "b"];
  await checkCase(
    "ops/conv3d_causal_3x3x3",
    names,
    (x, w, b) =>
      first(causalConv3d(last(x), last(w), b, "zeros", { pad: AROUND })),
  );
  await checkCase(
    "ops/conv3d_causal_1x1x1",
    names,
    (x, w, b) => first(causalConv3d(last(x), last(w), b, "zeros")),
  );
  await checkCase(
    "ops/conv3d_causal_3x1x1",
    names,
    (x, w, b) => first(conv3d(last(x), last(w), b, { stride: [2, 1, 1] })),
  );
  await checkCase(
    "ops/conv3d_causal_cogvideox",
    names,
    (x, w, b) =>
      first(causalConv3d(last(x), last(w), b, "first frame", { pad: AROUND })),
  );
});

Deno.test("causalConv3d() of frames behind their past is a part of the whole clip's", async () => {
  const w: Shape = [4, 3, 1, 1, 4];
  await checkOp(
    (past, x, w, b) => causalConv3d(x!, w!, b, past!),
    [[1, 2, 2, 3, 4], [1, 3, 2, 3, 4], w, [4]],
    ([past, x, w, b]) =>
      reference([past!.concat(x!), w!, b!], [1, 5, 2, 3, 4], [4, 3, 1, 1], {}),
  );
});

Deno.test("conv3d() says which shapes do not fit", () => {
  assertThrows(
    () => conv3d(new Tensor([3, 3, 3, 4]), new Tensor([4, 3, 3, 3, 4])),
    RangeError,
    "Cannot convolve: x [3,3,3,4]",
  );
  assertThrows(
    () => conv3d(new Tensor([1, 2, 3, 3, 4]), new Tensor([4, 3, 3, 3, 4])),
    RangeError,
    "Cannot convolve: x [1,2,3,3,4] with padding [0,0,0,0,0,0] does not fit weight [4,3,3,3,4]",
  );
});
